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
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.cost.Alignment;
import io.millrace.onnx.cost.Costs;
import io.millrace.selection.Networks;
import io.millrace.selection.SampleShards;
import io.millrace.selection.Siamese;
import io.millrace.svd.method.Mix;
import io.millrace.svd.method.RankGrid;
import io.millrace.svd.spatial.SpatialSvd;
import io.millrace.worker.LocalWorkbench;
import io.millrace.worker.StageException;
import io.millrace.worker.StoppedException;
import io.millrace.worker.run.Fingerprint;
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

    private Result complete(Fork fork) throws Exception {
        List<Result> measured = new ArrayList<>();
        for (Part part : fork.parts()) {
            measured.add((Result) run(part));
        }
        return (Result) run(fork.join(), measured.toArray(Result[]::new));
    }

    private static OnnxModel model(ProducedModel produced) {
        return OnnxModel.read(LocalWorkbench.path(produced.model()));
    }

    @Test
    void oneTableOfMeasurementsGivesAModelForEachRatio() throws Exception {
        // given
        Fork fork = (Fork) run(
                "compress",
                "{\"method\": \"spatial-svd\", \"mac-ratios\": [0.5, 0.75], \"ranks\": \"greedy\", \"align\":"
                        + " \"runtime\", \"samples\": 64, \"candidates\": 4}");
        assertThat(fork.parts()).hasSize(4).allMatch(part -> part.action().equals("measure"));
        assertThat(fork.join().action()).isEqualTo("select");

        // when
        Result result = complete(fork);

        // then
        long macs = Costs.of(OnnxModel.read(EXAMPLE.resolve("model.onnx"))).macs();
        assertThat(result.models())
                .extracting(ProducedModel::label)
                .containsExactly("spatial-svd 0.5", "spatial-svd 0.75");
        assertThat(Costs.of(model(result.models().get(0))).macs()).isBetween(macs * 4 / 10, macs * 505 / 1000);
        assertThat(Costs.of(model(result.models().get(1))).macs()).isBetween(macs * 6 / 10, macs * 757 / 1000);
        for (ProducedModel produced : result.models()) {
            assertThat(produced.parameters().get("agreement").asDouble()).isGreaterThan(0.9);
            for (JsonNode layer : produced.parameters().get("layers")) {
                assertThat(layer.get("rank").asInt() % 8).isZero();
            }
        }
        JsonNode findings = result.findings();
        assertThat(findings.get("sensitivity").size()).isEqualTo(8);
        assertThat(findings.get("declined").findValuesAsText("name")).contains("/stem/Conv", "/classifier/Gemm");
        assertThat(findings.get("notes")).isEmpty();
        assertThat(bench.reports()).isNotEmpty().anyMatch(report -> report.total() > 0);
    }

    @Test
    void everyMethodCanBeAskedForAndNearerFactorsAreDelivered() throws Exception {
        long macs = Costs.of(OnnxModel.read(EXAMPLE.resolve("model.onnx"))).macs();
        for (String method : List.of("weight-svd", "tucker", "auto")) {
            // when
            String request = "{\"method\": \"%s\", \"mac-ratios\": [0.5], \"ranks\": \"uniform\","
                    + " \"samples\": 96, \"candidates\": 4}";
            Result result = (Result) run("compress", request.formatted(method));

            // then
            assertThat(Costs.of(model(result.models().get(0))).macs()).isLessThanOrEqualTo(macs * 505 / 1000);
            JsonNode made = result.models().get(0).parameters();
            assertThat(made.get("layers")).isNotEmpty();
            assertThat(made.get("agreement").asDouble()).isGreaterThan(0.8);
            boolean dropped = made.toString().contains("was dropped");
            assertThat(dropped)
                    .isEqualTo(made.get("reconstructed-loss").asDouble()
                            > made.get("loss").asDouble());
        }
    }

    @Test
    void uniformRatiosNeedNoDataAndNoFork() throws Exception {
        // given
        bench = new LocalWorkbench(folder.resolve("bare")).withModel("model", EXAMPLE.resolve("model.onnx"));

        // when
        Result result = (Result) run("compress", "{\"mac-ratios\": [0.6], \"ranks\": \"uniform\"}");

        // then
        long macs = Costs.of(OnnxModel.read(EXAMPLE.resolve("model.onnx"))).macs();
        assertThat(Costs.of(model(result.models().get(0))).macs()).isLessThanOrEqualTo(macs * 606 / 1000);
    }

    @Test
    void targetOutOfReachGivesTheBestModelAndSaysSo() throws Exception {
        // when
        Result result = (Result) run("compress", "{\"mac-ratios\": [0.01], \"ranks\": \"uniform\", \"samples\": 64}");

        // then
        assertThat(result.models()).hasSize(1);
        JsonNode target = result.models().get(0).parameters().get("target");
        assertThat(target.get("met").asBoolean()).isFalse();
        assertThat(target.get("mac-ratio").asText()).isEqualTo("0.01");
        assertThat(target.get("reached").asDouble()).isBetween(0.05, 0.5);
        assertThat(target.get("reason").asText()).contains("out of reach");
        assertThat(result.models().get(0).parameters().get("notes"))
                .as("said of this model, and not of its siblings")
                .containsExactly(target.get("reason"));
        assertThat(result.findings().get("notes")).isEmpty();
        assertThat(result.models().get(0).label())
                .isEqualTo("spatial-svd 0.01 (reached %.3f)"
                        .formatted(target.get("reached").asDouble()));
    }

    @Test
    void targetsThatEndInTheSameRanksGiveOneModel() throws Exception {
        // when
        Result result = (Result)
                run("compress", "{\"mac-ratios\": [0.01, 0.02, 0.8], \"ranks\": \"uniform\", \"samples\": 32}");

        // then
        assertThat(result.models()).hasSize(2);
        assertThat(result.findings().get("models")).hasSize(2);
        assertThat(result.findings().get("notes")).anySatisfy(note -> assertThat(note.asText())
                .isEqualTo("mac-ratio 0.02 ends in the same model as mac-ratio 0.01: it is made once"));
    }

    @Test
    void measuringWithoutCalibrationDataIsRefused() {
        // given
        bench = new LocalWorkbench(folder.resolve("bare")).withModel("model", EXAMPLE.resolve("model.onnx"));

        // when, then
        assertThatThrownBy(() -> run("compress", "{\"mac-ratios\": [0.6]}"))
                .isInstanceOfSatisfying(
                        StageException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.INVALID_INPUT))
                .hasMessageStartingWith("data.calibration: ");
    }

    @Test
    void methodOfAnotherServiceIsRefused() {
        assertThatThrownBy(() -> run("compress", "{\"method\": \"channel-pruning\"}"))
                .isInstanceOfSatisfying(
                        StageException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.INVALID_INPUT))
                .hasMessageContaining("\"channel-pruning\" is none of spatial-svd");
    }

    @Test
    void targetsOfAModelOfOpenSizesAreMet() throws Exception {
        // given a network of any height and width, whose first layer has a stride
        Path file = folder.resolve("open.onnx");
        Networks.input(-1, 3, -1, -1)
                .node("Conv", "a", "x", "[32,3,7,7]")
                .with(node -> node.with("strides", new long[] {4, 4}))
                .node("Relu", "b", "a")
                .node("Conv", "y", "b", "[32,32,3,3]")
                .output("y", -1, 32, -1, -1)
                .write(file);
        bench = new LocalWorkbench(folder.resolve("open")).withModel("model", file);

        // when
        Result result = (Result) run(
                "compress", "{\"mac-ratios\": [0.6], \"ranks\": \"uniform\", \"align\": \"1\", \"candidates\": 100}");

        // then
        JsonNode made = result.models().get(0).parameters();
        long macs = Costs.of(OnnxModel.read(file)).macs();
        assertThat(Costs.of(model(result.models().get(0))).macs()).isBetween(macs * 59 / 100, macs * 606 / 1000);
        assertThat(made.get("macs-after").asLong())
                .isEqualTo(Costs.of(model(result.models().get(0))).macs());
        assertThat(result.findings().get("notes"))
                .anySatisfy(note -> assertThat(note.asText()).contains("x open", "[1, 3, 224, 224]"));
    }

    @Test
    void siameseNetworkKeepsItsSymmetry() throws Exception {
        // given
        Path file = folder.resolve("siamese.onnx");
        Siamese.network().write(file);
        bench.withModel("model", file)
                .withData("calibration", SampleShards.write(folder.resolve("pairs"), Siamese.pairs(24)));

        // when
        Result result = complete((Fork) run("compress", "{\"mac-ratios\": [0.6], \"align\": \"1\"}"));

        // then
        OnnxModel split = model(result.models().get(0));
        assertThat(Siamese.asymmetry(split)).isLessThan(1e-5);
        assertThat(result.findings().get("sensitivity").fieldNames())
                .toIterable()
                .contains("a3 and b3")
                .doesNotContain("b3");
    }

    @Test
    void otherTargetsAndStrategiesAskForTheSameMeasurements() throws Exception {
        // given a task of another job, which wants something else of the same model
        Fork first = (Fork) run("compress", "{\"mac-ratios\": [0.5], \"samples\": 64}");
        Fork second = (Fork) run("compress", "{\"mac-ratios\": [0.75, 0.3], \"ranks\": \"lagrange\", \"samples\": 64}");
        Fork third = (Fork) run("compress", "{\"mac-ratios\": [0.5], \"samples\": 65}");

        // when, then
        assertThat(fingerprints(second)).isEqualTo(fingerprints(first));
        assertThat(fingerprints(third)).doesNotContainAnyElementsOf(fingerprints(first));
    }

    private List<String> fingerprints(Fork fork) {
        return fork.parts().stream()
                .map(part -> Fingerprint.of(stage, "version", bench.task("svd", part.action(), part.parameters())))
                .toList();
    }

    @Test
    void weightThatIsNotANumberIsDeclinedAndTheOthersAreSplit() throws Exception {
        // given
        OnnxModel model = OnnxModel.read(EXAMPLE.resolve("model.onnx"));
        Node layer = model.graph().nodes().stream()
                .filter(node -> node.is("Conv"))
                .skip(3)
                .findFirst()
                .orElseThrow();
        Tensor weight = model.graph().initializer(layer.input(1));
        float[] values = weight.floats();
        values[5] = Float.NaN;
        model.graph().setInitializer(layer.input(1), Tensor.ofFloats(values, weight.dims()));
        Path file = folder.resolve("nan.onnx");
        model.write(file);
        bench.withModel("model", file);

        // when
        Result result = (Result) run("compress", "{\"mac-ratios\": [0.7], \"ranks\": \"uniform\", \"samples\": 16}");

        // then
        assertThat(result.models().get(0).parameters().get("layers")).isNotEmpty();
        assertThat(result.findings().get("declined")).anySatisfy(declined -> {
            assertThat(declined.get("name").asText()).isEqualTo(layer.label());
            assertThat(declined.get("reason").asText()).contains("NaN");
        });
    }

    @Test
    void failureOfALayerNamesItAndIsNotTriedAgain() {
        // given an option that no layer has, as a method with a fault of its own would ask for
        OnnxModel model = OnnxModel.read(EXAMPLE.resolve("model.onnx"));
        DecompositionPlan plan =
                DecompositionPlan.of(model, new Mix(List.of(new SpatialSvd())), new RankGrid(4, Alignment.RUNTIME), 0);
        int[] options = new int[plan.parts().size()];
        options[0] = 99;

        // when, then
        assertThatThrownBy(() -> plan.apply(options))
                .isInstanceOfSatisfying(
                        StageException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UNSUPPORTED))
                .hasMessageContaining("layer " + plan.parts().get(0).name() + ":");
    }

    @Test
    void wrongParametersAreNamed() {
        assertThatThrownBy(() -> run("compress", "{\"mac-ratio\": 0.5}"))
                .hasMessageContaining("mac-ratio: unknown field");
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
