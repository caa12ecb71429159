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
import io.millrace.selection.Networks;
import io.millrace.selection.SampleShards;
import io.millrace.selection.Siamese;
import io.millrace.worker.LocalWorkbench;
import io.millrace.worker.StageException;
import io.millrace.worker.StoppedException;
import io.millrace.worker.run.Fingerprint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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

    private static JsonNode made(Result result) {
        return result.models().get(0).parameters();
    }

    private static OnnxModel model(Result result) {
        return OnnxModel.read(LocalWorkbench.path(result.models().get(0).model()));
    }

    @Test
    void prunedModelMeetsTheTargetAndReconstructionBringsItsAnswersBack() throws Exception {
        // when
        Result result = complete("{\"method\": \"channel-pruning\", \"mac-ratio\": 0.6, \"criterion\": \"l2\","
                + " \"reconstruct\": true, \"align\": \"runtime\", " + QUICK + "}");

        // then
        long macs = Costs.of(OnnxModel.read(EXAMPLE.resolve("model.onnx"))).macs();
        assertThat(Costs.of(model(result)).macs()).isBetween(macs * 45 / 100, macs * 606 / 1000);
        JsonNode made = result.models().get(0).parameters();
        assertThat(made.get("reconstructed-loss").asDouble())
                .isLessThan(made.get("loss").asDouble());
        assertThat(made.get("reconstructed-agreement").asDouble()).isGreaterThan(0.9);
        for (JsonNode layer : made.get("layers")) {
            assertThat(layer.get("channels").get("after").asInt() % 8).isZero();
        }
        for (JsonNode fit : made(result).get("reconstruction")) {
            assertThat(fit.get("error-after").asDouble())
                    .isLessThan(fit.get("error-before").asDouble());
            assertThat(fit.get("largest-weight").get("after").asDouble())
                    .isLessThan(3.01 * fit.get("largest-weight").get("before").asDouble());
        }
        assertThat(result.findings().get("notes")).isEmpty();
        assertThat(made.path("notes"))
                .as("the steps are coarse: the miss is said, and nothing else")
                .hasSize(made.get("target").get("met").asBoolean() ? 0 : 1);
        assertThat(made.get("target").get("reached").asDouble()).isBetween(0.45, 0.606);
        assertThat(bench.reports()).anyMatch(report -> report.doing().startsWith("fitting layer"));
    }

    @Test
    void tooFewSamplesLeaveALayerUnfittedWithItsReason() throws Exception {
        // when 32 images and 8 to judge by cannot determine the classifier's 97 unknowns
        Result result =
                complete("{\"mac-ratio\": 0.5, \"samples\": 32, \"candidates\": 2, \"reconstruction-samples\": 40}");

        // then
        assertThat(made(result).get("reconstruction").findValuesAsText("declined"))
                .anyMatch(reason -> reason.contains("too few samples"));
    }

    @Test
    void targetOutOfReachGivesTheBestModelAndSaysSo() throws Exception {
        // when
        Result result = complete("{\"mac-ratio\": 0.001, \"reconstruct\": false, \"samples\": 16, \"candidates\": 1}");

        // then
        assertThat(result.models()).hasSize(1);
        JsonNode target = result.models().get(0).parameters().get("target");
        assertThat(target.get("met").asBoolean()).isFalse();
        assertThat(target.get("reached").asDouble()).isGreaterThan(0.001);
        assertThat(target.get("reason").asText()).contains("0.001").contains("out of reach");
        assertThat(result.models().get(0).label())
                .isEqualTo("channel-pruning 0.001 (reached %.3f)"
                        .formatted(target.get("reached").asDouble()));
    }

    @Test
    void withoutSamplesToJudgeByNothingIsFitted() throws Exception {
        // when
        Result result =
                complete("{\"mac-ratio\": 0.8, \"samples\": 32, \"candidates\": 2, \"reconstruction-samples\": 8}");

        // then
        assertThat(made(result).has("reconstruction")).isFalse();
        assertThat(made(result).get("notes"))
                .anySatisfy(note -> assertThat(note.asText()).contains("none can be kept aside"));
    }

    @Test
    void otherTargetsAndStrategiesAskForTheSameMeasurements() throws Exception {
        // given a task of another job, which wants something else of the same model
        Fork first = (Fork) run("compress", "{\"mac-ratio\": 0.5, \"samples\": 64}");
        Fork second = (Fork) run(
                "compress",
                "{\"mac-ratio\": 0.8, \"samples\": 64, \"allocation\": \"greedy\","
                        + " \"reconstruction-samples\": 99}");
        Fork third = (Fork) run("compress", "{\"mac-ratio\": 0.5, \"samples\": 64, \"criterion\": \"l1\"}");

        // when, then
        assertThat(fingerprints(second)).isEqualTo(fingerprints(first));
        assertThat(fingerprints(third)).doesNotContainAnyElementsOf(fingerprints(first));
    }

    private List<String> fingerprints(Fork fork) {
        return fork.parts().stream()
                .map(part -> Fingerprint.of(stage, "version", bench.task("pruning", part.action(), part.parameters())))
                .toList();
    }

    @Test
    void groupsThatTheCriterionTellsNothingOfAreRankedOpenly() throws Exception {
        // given a network without any normalisation
        Path file = folder.resolve("plain.onnx");
        Networks.input(-1, 4)
                .node("Gemm", "a", "x", "[4,16]", "[16]")
                .node("Relu", "b", "a")
                .node("Gemm", "y", "b", "[16,3]", "[3]")
                .output("y", -1, 3)
                .write(file);
        bench.withModel("model", file)
                .withData(
                        "calibration", SampleShards.write(folder.resolve("x"), Map.of("x", Networks.random(1, 64, 4))));

        // when
        Result result = complete("{\"mac-ratio\": 0.6, \"criterion\": \"bn-scale\", \"reconstruct\": false}");

        // then
        assertThat(result.findings().get("notes")).anySatisfy(note -> assertThat(note.asText())
                .isEqualTo("bn-scale has nothing to tell of the channels of a: they are ranked by l2"));
    }

    @Test
    void siameseNetworkKeepsItsSymmetry() throws Exception {
        // given
        Path file = folder.resolve("siamese.onnx");
        Siamese.network().write(file);
        bench.withModel("model", file)
                .withData("calibration", SampleShards.write(folder.resolve("pairs"), Siamese.pairs(200)));

        // when
        Result result = complete("{\"mac-ratio\": 0.5, \"align\": \"1\"}");

        // then
        OnnxModel pruned = model(result);
        assertThat(Siamese.asymmetry(pruned)).isLessThan(1e-5);
        assertThat(Costs.of(pruned).macs())
                .isLessThan(Costs.of(Siamese.network()).macs() * 6 / 10);
        assertThat(result.findings().get("sensitivity").size()).isEqualTo(2);
    }

    @Test
    void fewerSamplesThanAFixedBatchFillItUpAndAreMeasured() throws Exception {
        // given a model that takes 64 samples at a time, and 50 of them
        Path file = folder.resolve("fixed.onnx");
        Networks.input(64, 4)
                .node("Gemm", "a", "x", "[4,16]", "[16]")
                .node("Relu", "b", "a")
                .node("Gemm", "y", "b", "[16,3]", "[3]")
                .output("y", 64, 3)
                .write(file);
        bench.withModel("model", file)
                .withData(
                        "calibration", SampleShards.write(folder.resolve("x"), Map.of("x", Networks.random(1, 50, 4))));

        // when
        Result result = complete("{\"mac-ratio\": 0.5}");

        // then no count comes out as free
        assertThat(result.findings().get("sensitivity").get("a"))
                .isNotEmpty()
                .allSatisfy(loss -> assertThat(loss.asDouble()).isPositive());
        assertThat(made(result).get("notes"))
                .anySatisfy(note -> assertThat(note.asText()).contains("of 64 calibration samples none"));
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
        assertThatThrownBy(() -> run("compress", "{\"ratio\": 0.5}")).hasMessageContaining("ratio: unknown field");
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
