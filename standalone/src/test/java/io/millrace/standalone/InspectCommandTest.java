package io.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Json;
import io.millrace.standalone.cli.MillraceCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
    private static final Path CORPUS = Path.of("../libs/onnx/src/test/resources/corpus");

    @TempDir
    Path folder;

    private record Run(int exit, String out, String err) {}

    @Test
    void aBrokenFileIsRefusedAndTheOthersAreShown() throws IOException {
        // given
        Path broken = Files.writeString(folder.resolve("broken.onnx"), "no model");
        Path model = CORPUS.resolve("depth_to_space-hand13.onnx");

        // when
        Run table = run("inspect", broken.toString(), model.toString());
        Run json = run(
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
        Run run = run("inspect", "--prove", "--json", model.toString());

        // then
        assertThat(run.exit()).isZero();
        JsonNode shown = lines(run).get(0);
        assertThat(shown.get("groups")).isNotEmpty();
        assertThat(shown.get("proof"))
                .allSatisfy(check -> assertThat(check.get("holds").asBoolean()).isTrue())
                .extracting(check -> check.get("verb").asText())
                .contains("cut", "split", "fold");
    }

    private static List<JsonNode> lines(Run run) throws IOException {
        return Json.mapper()
                .readerFor(JsonNode.class)
                .<JsonNode>readValues(run.out())
                .readAll();
    }

    private static Run run(String... arguments) {
        PrintStream out = System.out;
        PrintStream err = System.err;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        ByteArrayOutputStream complaints = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(complaints, true, StandardCharsets.UTF_8));
            int exit = MillraceCommand.execute(arguments);
            return new Run(exit, printed.toString(StandardCharsets.UTF_8), complaints.toString(StandardCharsets.UTF_8));
        } finally {
            System.setOut(out);
            System.setErr(err);
        }
    }
}
