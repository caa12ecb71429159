package io.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
    private static final Path CORPUS = Path.of("../libs/onnx/src/test/resources/corpus");

    @TempDir
    Path folder;

    @Test
    void aBrokenFileIsRefusedAndTheOthersAreShown() throws IOException {
        // given
        Path broken = Files.writeString(folder.resolve("broken.onnx"), "no model");
        Path model = CORPUS.resolve("depth_to_space-hand13.onnx");

        // when
        CommandRun table = CommandRun.of("inspect", broken.toString(), model.toString());
        CommandRun json = CommandRun.of(
                "inspect",
                "--json",
                broken.toString(),
                model.toString(),
                folder.resolve("absent").toString());

        // then
        assertThat(table.exit()).isEqualTo(1);
        assertThat(table.err().lines()).singleElement().asString().startsWith("refused: " + broken);
        assertThat(table.out()).contains(model.toString(), "opset 13", "Total: ");
        assertThat(json.exit()).isEqualTo(1);
        List<JsonNode> lines = lines(json);
        assertThat(lines).hasSize(3);
        assertThat(lines.get(0).get("refused").asText()).contains("not an ONNX model");
        assertThat(lines.get(1).get("layers")).isNotEmpty();
        assertThat(lines.get(2).get("refused").asText()).contains("no such file");
    }

    @Test
    void provesEveryGroupAndLayer() throws IOException {
        // given
        Path model = CORPUS.resolve("batchnorm_places-ts13.onnx");

        // when
        CommandRun run = CommandRun.of("inspect", "--prove", "--json", model.toString());

        // then
        assertThat(run.exit()).isZero();
        JsonNode shown = lines(run).get(0);
        assertThat(shown.get("groups")).isNotEmpty();
        assertThat(shown.get("proof"))
                .allSatisfy(check -> assertThat(check.get("holds").asBoolean()).isTrue())
                .extracting(check -> check.get("verb").asText())
                .contains("cut", "split", "fold");
    }

    @Test
    void tellsWhatEachMethodWouldMakeSmallerAndWhyNotTheRest() throws IOException {
        // given
        Path model = Path.of("../examples/fashion-mnist/model.onnx");

        // when
        String table = CommandRun.of("inspect", model.toString()).out();
        JsonNode offers = lines(CommandRun.of("inspect", "--json", model.toString()))
                .get(0)
                .get("offers");

        // then
        assertThat(table)
                .contains("spatial-svd: /blocks/blocks.0/conv1/Conv 0.")
                .contains("channel-pruning: ")
                .contains("not /stem/Conv")
                .contains("too small: no rank on the runtime's steps promises to save time");
        assertThat(offers.findValuesAsText("method")).contains("spatial-svd", "channel-pruning");
        assertThat(offers.get(0).get("parts").get(0).get("ratios"))
                .isNotEmpty()
                .allSatisfy(ratio -> assertThat(ratio.asDouble()).isBetween(0.0, 1.0));
        assertThat(offers.get(0).get("declined").get("/stem/Conv").asText()).isNotBlank();
    }

    private static List<JsonNode> lines(CommandRun run) throws IOException {
        return Json.mapper()
                .readerFor(JsonNode.class)
                .<JsonNode>readValues(run.out())
                .readAll();
    }
}
