package io.millrace.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.FailureKind;
import io.millrace.contracts.Json;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.Fork;
import io.millrace.contracts.task.Outcome.Part;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.cost.Costs;
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
class PruningStageTest {
    private static final Path EXAMPLE = Path.of("../examples/fashion-mnist");
    private static final String QUICK = "\"samples\": 64, \"candidates\": 3, \"reconstruction-samples\": 256";

    @TempDir
    Path folder;

    private final PruningStage stage = new PruningStage();
    private LocalWorkbench bench;

    @BeforeEach
    void setUpBench() {
        bench = new LocalWorkbench(folder.resolve("bench"))
                .withModel("model", EXAMPLE.resolve("model.onnx"))
                .withData("calibration", EXAMPLE.resolve("data/validation"));
    }

    private Outcome run(String action, String parameters) throws Exception {
        ObjectNode json = (ObjectNode) Json.mapper().readTree(parameters);
        return stage.run(bench.task("pruning", action, json), bench);
    }

    private Outcome run(Part part, List<Result> joined) throws Exception {
        return stage.run(bench.task("pruning", part.action(), part.parameters(), joined), bench);
    }

    private Result complete(String parameters) throws Exception {
        Fork fork = (Fork) run("compress", parameters);
        List<Result> measured = new ArrayList<>();
        for (Part part : fork.parts()) {
            measured.add((Result) run(part, List.of()));
        }
        return (Result) run(fork.join(), measured);
    }

    private static OnnxModel model(Result result) {
        return OnnxModel.read(LocalWorkbench.path(result.models().get(0).model()));
    }

    @Test
    void prunedModelMeetsTheTargetAndReconstructionBringsItsAnswersBack() throws Exception {
        // when
        Result result = complete("{\"method\": \"channel-pruning\", \"mac-ratio\": 0.6, \"criterion\": \"l2\","
                + " \"reconstruct\": true, \"align\": \"runtime\", \"groups-per-task\": 2, " + QUICK + "}");

        // then
        long macs = Costs.of(OnnxModel.read(EXAMPLE.resolve("model.onnx"))).macs();
        assertThat(Costs.of(model(result)).macs()).isBetween(macs * 45 / 100, macs * 6 / 10);
        JsonNode made = result.models().get(0).parameters();
        assertThat(made.get("reconstructed-loss").asDouble())
                .isLessThan(made.get("loss").asDouble());
        assertThat(made.get("reconstructed-agreement").asDouble()).isGreaterThan(0.9);
        for (JsonNode layer : made.get("layers")) {
            assertThat(layer.get("channels").get("after").asInt() % 8).isZero();
        }
        for (JsonNode fit : result.findings().get("reconstruction")) {
            assertThat(fit.get("error-after").asDouble())
                    .isLessThan(fit.get("error-before").asDouble());
        }
        assertThat(result.findings().get("notes")).isEmpty();
        assertThat(bench.reports()).anyMatch(report -> report.doing().startsWith("fitting layer"));
    }

    @Test
    void tooFewSamplesLeaveALayerUnfittedWithItsReason() throws Exception {
        // when 8 images cannot determine the classifier's 97 unknowns
        Result result =
                complete("{\"mac-ratio\": 0.8, \"samples\": 32, \"candidates\": 2, \"reconstruction-samples\": 8}");

        // then
        assertThat(result.findings().get("reconstruction").findValuesAsText("declined"))
                .anyMatch(reason -> reason.contains("too few samples"));
    }

    @Test
    void targetOutOfReachGivesTheBestModelAndSaysSo() throws Exception {
        // when
        Result result = complete("{\"mac-ratio\": 0.001, \"reconstruct\": false, \"samples\": 16, \"candidates\": 1}");

        // then
        assertThat(result.models()).hasSize(1);
        assertThat(result.findings().get("notes").get(0).asText())
                .contains("0.001")
                .contains("out of reach");
    }

    @Test
    void ratioOfOneLeavesTheModelAsItIs() throws Exception {
        // when
        Result result = (Result) run("compress", "{\"mac-ratio\": 1.02}");

        // then
        assertThat(LocalWorkbench.path(result.models().get(0).model()))
                .hasSameBinaryContentAs(EXAMPLE.resolve("model.onnx"));
        assertThat(result.findings().get("notes").get(0).asText()).contains("1.02");
    }

    @Test
    void wrongParametersAreNamed() {
        assertThatThrownBy(() -> run("compress", "{\"ratio\": 0.5}")).hasMessageContaining("'ratio'");
        assertThatThrownBy(() -> run("compress", "{\"criterion\": \"best\"}")).hasMessageContaining("geometric-median");
        assertThatThrownBy(() -> run("compress", "{\"mac-ratio\": 0}")).hasMessageContaining("mac-ratio");
    }

    @Test
    void modelWithoutAnyChannelToPruneIsUnsupported() {
        // given a single layer between input and output
        Path file = folder.resolve("one.onnx");
        Networks.input(-1, 4).node("Gemm", "y", "x", "[4,3]").output("y", -1, 3).write(file);
        bench.withModel("model", file);

        // when, then
        assertThatThrownBy(() -> run("compress", "{}"))
                .isInstanceOfSatisfying(
                        StageException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UNSUPPORTED))
                .hasMessageContaining("network's");
    }

    @Test
    void measuringStopsWhenItIsTold() throws Exception {
        // given
        Fork fork = (Fork) run("compress", "{\"samples\": 64}");
        bench.stopAfterReports(3);

        // when, then
        assertThatThrownBy(() -> run(fork.parts().get(0), List.of())).isInstanceOf(StoppedException.class);
    }
}
