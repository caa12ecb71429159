package io.millrace.svd;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.contracts.task.Outcome.ProducedModel;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.cost.Costs;
import io.millrace.worker.LocalWorkbench;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What else than MACs a decomposition can be asked for, over the example's network. */
class SvdTargetsTest {
    private static final Path EXAMPLE = Path.of("../examples/fashion-mnist/model.onnx");

    @TempDir
    Path folder;

    private LocalWorkbench bench;

    @BeforeEach
    void setUpBench() {
        bench = new LocalWorkbench(folder).withModel("model", EXAMPLE);
    }

    private ProducedModel made(String parameters) throws Exception {
        ObjectNode json = (ObjectNode) Json.mapper().readTree(parameters);
        Result result = (Result) new SvdStage().run(bench.task("svd", "compress", json, List.of()), bench);
        return result.models().get(0);
    }

    private static Costs costs(ProducedModel made) {
        return Costs.of(OnnxModel.read(LocalWorkbench.path(made.model())));
    }

    private static JsonNode target(ProducedModel made, String measure) {
        Optional<JsonNode> target = StreamSupport.stream(
                        made.parameters().get("targets").spliterator(), false)
                .filter(one -> one.get("measure").asText().equals(measure))
                .findFirst();
        return target.orElseThrow();
    }

    @Test
    void parametersAreWhatTheTargetOfParametersCounts() throws Exception {
        // when
        ProducedModel made = made("{\"parameter-ratio\": 0.6, \"ranks\": \"uniform\", \"align\": \"1\"}");

        // then
        long before = Costs.of(OnnxModel.read(EXAMPLE)).parameters();
        double ratio = (double) costs(made).parameters() / before;
        assertThat(ratio).isBetween(0.5, 0.606);
        assertThat(target(made, "parameter-ratio").get("reached").asDouble())
                .isEqualTo(ratio, org.assertj.core.data.Offset.offset(1e-3));
        assertThat(target(made, "parameter-ratio").get("met").asBoolean()).isTrue();
        assertThat(made.label()).startsWith("spatial-svd parameter-ratio 0.6");
    }

    @Test
    void bytesAndMacsHoldAtOnce() throws Exception {
        // when
        ProducedModel made =
                made("{\"mac-ratios\": [0.7], \"size-ratio\": 0.55, \"ranks\": \"uniform\", \"align\": \"1\"}");

        // then
        Costs before = Costs.of(OnnxModel.read(EXAMPLE));
        assertThat((double) costs(made).bytes() / before.bytes()).isLessThan(0.556);
        assertThat((double) costs(made).macs() / before.macs()).isLessThan(0.707);
        assertThat(made.label()).startsWith("spatial-svd mac-ratio 0.7, size-ratio 0.55");
    }

    @Test
    void timeIsAimedAtByWhatStepsWereMeasuredToTakeAndIsSaidAsMeasured() throws Exception {
        // when
        ProducedModel made = made("{\"speed-up\": 1.4, \"ranks\": \"uniform\", \"candidates\": 4}");

        // then
        assertThat(costs(made).macs())
                .isLessThan(Costs.of(OnnxModel.read(EXAMPLE)).macs());
        assertThat(target(made, "speed-up").get("wanted").asDouble()).isEqualTo(1.4);
        assertThat(target(made, "speed-up").get("reached").asDouble()).isPositive();
        assertThat(made.parameters().get("nanos-before").asLong()).isPositive();
        assertThat(made.label()).startsWith("spatial-svd speed-up 1.4");
    }
}
