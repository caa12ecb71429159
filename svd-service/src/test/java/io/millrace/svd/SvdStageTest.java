package io.millrace.svd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.FailureKind;
import io.millrace.contracts.Json;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.Fork;
import io.millrace.contracts.task.Outcome.Part;
import io.millrace.contracts.task.Outcome.ProducedModel;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.cost.Costs;
import io.millrace.svd.split.Networks;
import io.millrace.worker.LocalWorkbench;
import io.millrace.worker.StageException;
import io.millrace.worker.StoppedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The stage over the example's network and data, without broker and object store. */
class SvdStageTest {
    private static final Path EXAMPLE = Path.of("../examples/fashion-mnist");

    @TempDir
    Path folder;

    private final SvdStage stage = new SvdStage();
    private LocalWorkbench bench;

    @BeforeEach
    void setUpBench() {
        bench = new LocalWorkbench(folder.resolve("bench"))
                .withModel("model", EXAMPLE.resolve("model.onnx"))
                .withData("calibration", EXAMPLE.resolve("data/validation"));
    }

    private Outcome run(String action, String parameters, Result... joined) throws Exception {
        ObjectNode json = (ObjectNode) Json.mapper().readTree(parameters);
        return stage.run(bench.task("svd", action, json, List.of(joined)), bench);
    }

    private Outcome run(Part part, Result... joined) throws Exception {
        return stage.run(bench.task("svd", part.action(), part.parameters(), List.of(joined)), bench);
    }

    private static OnnxModel model(ProducedModel produced) {
        return OnnxModel.read(LocalWorkbench.path(produced.model()));
    }

    @Test
    void oneTableOfMeasurementsGivesAModelForEachRatio() throws Exception {
        // given a fork into parts of three layers
        Fork fork = (Fork) run(
                "compress",
                "{\"method\": \"spatial-svd\", \"mac-ratios\": [0.5, 0.75], \"ranks\": \"greedy\", \"align\": \"runtime\","
                        + " \"samples\": 64, \"candidates\": 4, \"layers-per-task\": 3}");
        assertThat(fork.parts()).hasSize(3).allMatch(part -> part.action().equals("measure"));
        assertThat(fork.join().action()).isEqualTo("select");

        // when
        List<Result> measured = new ArrayList<>();
        for (Part part : fork.parts()) {
            measured.add((Result) run(part));
        }
        Result result = (Result) run(fork.join(), measured.toArray(Result[]::new));

        // then
        long macs = Costs.of(OnnxModel.read(EXAMPLE.resolve("model.onnx"))).macs();
        assertThat(result.models())
                .extracting(ProducedModel::label)
                .containsExactly("spatial-svd 0.5", "spatial-svd 0.75");
        assertThat(Costs.of(model(result.models().get(0))).macs()).isBetween(macs * 4 / 10, macs / 2);
        assertThat(Costs.of(model(result.models().get(1))).macs()).isBetween(macs * 6 / 10, macs * 3 / 4);
        for (ProducedModel produced : result.models()) {
            assertThat(produced.parameters().get("agreement").asDouble()).isGreaterThan(0.9);
            for (JsonNode layer : produced.parameters().get("layers")) {
                assertThat(layer.get("rank").asInt() % 8).isZero();
            }
        }
        JsonNode findings = result.findings();
        assertThat(findings.get("sensitivity").size()).isEqualTo(7);
        assertThat(findings.get("declined").findValuesAsText("name")).contains("/stem/Conv", "/classifier/Gemm");
        assertThat(findings.get("notes")).isEmpty();
        assertThat(bench.reports()).isNotEmpty().anyMatch(report -> report.total() > 0);
    }

    @Test
    void uniformRatiosNeedNoDataAndNoFork() throws Exception {
        // given
        bench = new LocalWorkbench(folder.resolve("bare")).withModel("model", EXAMPLE.resolve("model.onnx"));

        // when
        Result result = (Result) run("compress", "{\"mac-ratios\": [0.6], \"ranks\": \"uniform\"}");

        // then
        long macs = Costs.of(OnnxModel.read(EXAMPLE.resolve("model.onnx"))).macs();
        assertThat(Costs.of(model(result.models().get(0))).macs()).isLessThanOrEqualTo(macs * 6 / 10);
    }

    @Test
    void targetOutOfReachGivesTheBestModelAndSaysSo() throws Exception {
        // when
        Result result = (Result) run("compress", "{\"mac-ratios\": [0.01], \"ranks\": \"uniform\", \"samples\": 32}");

        // then
        assertThat(result.models()).hasSize(1);
        assertThat(result.findings().get("notes").get(0).asText())
                .contains("0.01")
                .contains("out of reach");
    }

    @Test
    void wrongParametersAreNamed() {
        assertThatThrownBy(() -> run("compress", "{\"mac-ratio\": 0.5}")).hasMessageContaining("'mac-ratio'");
        assertThatThrownBy(() -> run("compress", "{\"mac-ratios\": [1.5]}")).hasMessageContaining("1.5");
        assertThatThrownBy(() -> run("compress", "{\"ranks\": \"best\"}")).hasMessageContaining("\"best\"");
        assertThatThrownBy(() -> run("compress", "{\"align\": \"fast\"}")).hasMessageContaining("align");
    }

    @Test
    void modelWithoutAnyLayerToSplitIsUnsupported() {
        // given
        Path file = folder.resolve("relu.onnx");
        Networks.input(-1, 4).node("Relu", "y", "x").output("y", -1, 4).write(file);
        bench.withModel("model", file);

        // when, then
        assertThatThrownBy(() -> run("compress", "{}"))
                .isInstanceOfSatisfying(
                        StageException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UNSUPPORTED))
                .hasMessageContaining("no convolution");
    }

    @Test
    void fileThatIsNoModelIsInvalid() throws Exception {
        // given
        bench.withModel("model", EXAMPLE.resolve("job.yaml"));

        // when, then
        assertThatThrownBy(() -> run("compress", "{}"))
                .isInstanceOfSatisfying(
                        StageException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.INVALID_INPUT));
    }

    @Test
    void measuringStopsWhenItIsTold() throws Exception {
        // given
        Fork fork = (Fork) run("compress", "{\"samples\": 64}");
        bench.stopAfterReports(2);

        // when, then
        assertThatThrownBy(() -> run(fork.parts().get(0))).isInstanceOf(StoppedException.class);
    }
}
