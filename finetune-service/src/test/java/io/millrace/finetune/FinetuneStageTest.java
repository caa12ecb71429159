package io.millrace.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.FailureKind;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.data.Dataset;
import io.millrace.inference.Answers;
import io.millrace.inference.KnownOutputs;
import io.millrace.inference.ModelMetrics;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.ProgressListener;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Provenance;
import io.millrace.onnx.Tensor;
import io.millrace.worker.LocalWorkbench;
import io.millrace.worker.StageException;
import io.millrace.worker.StoppedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FinetuneStageTest {
    private static final String FOUR_EPOCHS = "{\"epochs\": 4, \"learning-rate\": 0.1, \"batch\": 32}";

    private final FinetuneStage stage = new FinetuneStage();

    @TempDir
    Path folder;

    private Path labelled;

    @BeforeEach
    void makeData() throws IOException {
        labelled = Quadrants.data(folder.resolve("data"), 640, true);
    }

    @Test
    void learnsTheTaskAndTheRunningStatisticsHold() throws IOException {
        LocalWorkbench bench = bench("a", Quadrants.network(1), labelled);

        Result result = run(bench, FOUR_EPOCHS);

        assertThat(accuracy(produced(result), labelled)).isGreaterThan(0.95);
        List<Double> losses = losses(result);
        assertThat(losses).hasSize(4);
        assertThat(losses.get(3)).isLessThan(losses.get(0) / 2);
        assertThat(bench.reports()).hasSizeGreaterThanOrEqualTo(4).last().satisfies(last -> {
            assertThat(last.done()).isEqualTo(last.total()).isEqualTo(76);
            assertThat(last.figures()).containsKeys("loss", "accuracy");
        });
    }

    @Test
    void theSameSeedGivesTheSameModel() throws IOException {
        byte[] once = Files.readAllBytes(produced(run(bench("a", Quadrants.network(1), labelled), FOUR_EPOCHS)));

        byte[] twice = Files.readAllBytes(produced(run(bench("b", Quadrants.network(1), labelled), FOUR_EPOCHS)));

        assertThat(twice).isEqualTo(once);
    }

    @Test
    void anotherAttemptGoesOnWhereTheFirstWasStopped() throws IOException {
        Result straight = run(bench("a", Quadrants.network(1), labelled), FOUR_EPOCHS);
        LocalWorkbench stopped = bench("b", Quadrants.network(1), labelled).stopFrom(20);
        assertThatThrownBy(() -> run(stopped, FOUR_EPOCHS)).isInstanceOf(StoppedException.class);
        LocalWorkbench second = bench("b", Quadrants.network(1), labelled);

        Result resumed = run(second, FOUR_EPOCHS);

        assertThat(second.reports().get(0).done()).isGreaterThan(19);
        assertThat(losses(resumed)).isEqualTo(losses(straight));
        assertThat(Files.readAllBytes(produced(resumed))).isEqualTo(Files.readAllBytes(produced(straight)));
    }

    @Test
    void learnsFromTheOriginalWhereTheDataHasNoLabels() throws IOException {
        Path original = produced(run(bench("a", Quadrants.network(1), labelled), FOUR_EPOCHS));
        Path unlabelled = Quadrants.data(folder.resolve("unlabelled"), 640, false);
        LocalWorkbench bench = bench("b", Quadrants.network(2), unlabelled).withModel("original", original);

        Result result = run(bench, FOUR_EPOCHS);

        assertThat(accuracy(produced(result), labelled)).isGreaterThan(0.9);
        assertThat(result.findings().path("notes").toString()).contains("no labels");
    }

    @Test
    void distillsBesideTheLabelsWithImagesChanged() throws IOException {
        Path original = produced(run(bench("a", Quadrants.network(1), labelled), FOUR_EPOCHS));
        LocalWorkbench bench = bench("b", Quadrants.network(2), labelled).withModel("original", original);

        Result result = run(bench, """
            {"epochs": 4, "optimizer": "adamw", "learning-rate": 0.02, "batch": 32, "schedule": "step",
             "warm-up": 0.1, "distill": {"temperature": 4, "weight": 0.7}, "augment": {"shift": 1}}\
            """);

        assertThat(accuracy(produced(result), labelled)).isGreaterThan(0.9);
    }

    @Test
    void trainsANetworkWithoutBatchNormalizationAndOfAFixedBatch() throws IOException {
        LocalWorkbench bench = bench("a", Quadrants.network(1, false, 16), labelled);

        Result result = run(bench, FOUR_EPOCHS);

        assertThat(losses(result).get(3)).isLessThan(losses(result).get(0) / 2);
        assertThat(result.findings().path("notes").toString()).contains("batches of 16");
    }

    @Test
    void namesTheParameterItDoesNotKnow() {
        refused(
                bench("a", Quadrants.network(1), labelled),
                "{\"epoch\": 2}",
                FailureKind.INVALID_INPUT,
                "epoch: unknown field");
    }

    @Test
    void namesTheValueItDoesNotTake() {
        refused(
                bench("a", Quadrants.network(1), labelled),
                "{\"distill\": {\"weight\": 2}}",
                FailureKind.INVALID_INPUT,
                "distill.weight");
    }

    @Test
    void namesOperatorAndNodeThatCannotBeTrained() {
        OnnxModel model =
                Quadrants.model(Map.of(), List.of(Node.of("NonZero", "find", List.of("image"), List.of("logits"))), -1);

        refused(bench("a", model, labelled), "{}", FailureKind.UNSUPPORTED, "NonZero (find)");
    }

    @Test
    void aTrainingThatDivergesBeginsAgainAtAQuarterOfTheRate() throws IOException {
        Result result = run(
                bench("a", Quadrants.network(1, false, -1), labelled),
                "{\"epochs\": 6, \"learning-rate\": 9, \"momentum\": 0.9, \"weight-decay\": 0.5, \"batch\": 16}");

        assertThat(result.findings().path("notes").toString())
                .contains("training diverged after")
                .contains("at a learning rate of 9.00: the loss is")
                .containsPattern(
                        "weight '|the first that gives no number is|the largest numbers, up to [^,]+, are those of");
        double before = result.findings().at("/kept-aside/before/loss").asDouble();
        assertThat(before).isPositive();
        assertThat(accuracy(produced(result), labelled)).isBetween(0.0, 1.0);
    }

    @Test
    void whatTrainingMakesWorseStaysAsItWas() throws IOException {
        Path good = produced(run(bench("a", Quadrants.network(1), labelled), FOUR_EPOCHS));
        OnnxModel start = OnnxModel.read(good);

        Result result =
                run(bench("b", start, labelled), "{\"epochs\": 1, \"learning-rate\": 0.1, \"weight-decay\": 9}");

        assertThat(result.findings().path("notes").toString())
                .contains("the model is as it was before: on 32 samples kept aside");
        assertThat(result.findings().at("/kept-aside/after/loss").asDouble())
                .isGreaterThan(result.findings().at("/kept-aside/before/loss").asDouble());
        assertThat(result.models()).as("the candidate stays as it was made").isEmpty();
    }

    @Test
    void nodesSayThatTheirWeightsWereTrained() throws IOException {
        OnnxModel trained = OnnxModel.read(produced(run(bench("a", Quadrants.network(1), labelled), FOUR_EPOCHS)));

        assertThat(trained.graph().nodes())
                .filteredOn(node -> !Provenance.of(node).isEmpty())
                .extracting(Node::name)
                .containsExactly("conv", "bn", "fc");
        assertThat(Provenance.of(trained.graph().producer("c")))
                .containsExactly(new Provenance.Step("fine-tuning", "conv"));
    }

    /** One score that tells two classes apart, before and behind a Sigmoid. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void oneScoreLearnsTwoClasses(boolean sigmoid) throws IOException {
        Path halves = Quadrants.halves(folder.resolve("halves"), 640);
        Path start = folder.resolve("start.onnx");
        Quadrants.oneScore(1, sigmoid).write(start);
        Map<String, Double> before = figures(start, halves);

        Result result = run(bench("a", Quadrants.oneScore(1, sigmoid), halves), FOUR_EPOCHS);

        Map<String, Double> after = figures(produced(result), halves);
        assertThat(before.get("top1")).isLessThan(0.8);
        assertThat(after.get("top1")).isGreaterThan(0.95);
        assertThat(after.get("auc")).isGreaterThan(0.98).isGreaterThan(before.get("auc"));
        assertThat(losses(result).get(3)).isLessThan(losses(result).get(0) / 2);
    }

    @Test
    void aSoftmaxBeforeAReshapeIsLookedThrough() throws IOException {
        Result logits = run(bench("a", Quadrants.network(1, false, -1), labelled), FOUR_EPOCHS);

        Result probabilities =
                run(bench("b", softmaxThenReshape(Quadrants.network(1, false, -1)), labelled), FOUR_EPOCHS);

        assertThat(losses(probabilities)).isEqualTo(losses(logits));
    }

    private static OnnxModel softmaxThenReshape(OnnxModel model) {
        Node last = model.graph().producer("logits");
        model.graph().setInitializer("column", Tensor.ofLongs(new long[] {0, Quadrants.CLASSES, 1}, 3));
        model.graph().setInitializer("row", Tensor.ofLongs(new long[] {0, Quadrants.CLASSES}, 2));
        replace(
                model,
                last,
                List.of(
                        last.withOutputs(List.of("scores")),
                        Node.of("Reshape", "to column", List.of("scores", "column"), List.of("tall")),
                        Node.of("Softmax", "softmax", List.of("tall"), List.of("chances"))
                                .with("axis", 1),
                        Node.of("Reshape", "to row", List.of("chances", "row"), List.of("logits"))));
        return model;
    }

    @Test
    void aWeightReadTwiceStaysOneWeight() throws IOException {
        OnnxModel model = Quadrants.network(1, false, -1);
        Node conv = model.graph().producer("c");
        replace(
                model,
                conv,
                List.of(
                        conv.withOutputs(List.of("one")),
                        conv.withName("conv again").withOutputs(List.of("two")),
                        Node.of("Add", "both", List.of("one", "two"), List.of("c"))));

        OnnxModel trained = OnnxModel.read(produced(run(bench("a", model, labelled), FOUR_EPOCHS)));

        assertThat(trained.graph().initializers().keySet())
                .isEqualTo(model.graph().initializers().keySet());
        assertThat(trained.graph().consumers("conv.w")).hasSize(2);
        assertThat(trained.graph().initializer("conv.w").floats())
                .isNotEqualTo(model.graph().initializer("conv.w").floats());
    }

    @Test
    void labelsThatFitNoOutputAreRefusedByName() {
        OnnxModel model = Quadrants.network(1, false, -1);
        Node last = model.graph().producer("logits");
        replace(
                model,
                last,
                List.of(
                        last.withOutputs(List.of("scores")),
                        Node.of("Split", "halves", List.of("scores"), List.of("logits", "rest"))
                                .with("axis", 1)));

        refused(bench("a", model, labelled), "{}", FailureKind.INVALID_INPUT, "labels");
    }

    @Test
    void tooFewSamplesToKeepSomeAsideIsSaid() throws IOException {
        Path small = Quadrants.data(folder.resolve("small"), 64, true);

        Result result = run(bench("a", Quadrants.network(1), small), "{\"epochs\": 1, \"batch\": 16}");

        assertThat(result.findings().has("kept-aside")).isFalse();
        assertThat(result.findings().path("notes").toString()).contains("too small to keep samples aside");
    }

    private static void replace(OnnxModel model, Node old, List<Node> nodes) {
        Patch patch = Patch.of(model.graph(), "test");
        patch.replace(old, nodes);
        patch.apply();
    }

    private void refused(LocalWorkbench bench, String parameters, FailureKind kind, String message) {
        assertThatThrownBy(() -> run(bench, parameters))
                .isInstanceOfSatisfying(
                        StageException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessageContaining(message);
    }

    private LocalWorkbench bench(String name, OnnxModel model, Path data) {
        try {
            Path home = Files.createDirectories(folder.resolve(name));
            model.write(home.resolve("model.onnx"));
            return new LocalWorkbench(home)
                    .withModel("model", home.resolve("model.onnx"))
                    .withData("train", data);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Result run(LocalWorkbench bench, String parameters) throws IOException {
        ObjectNode json = (ObjectNode) new ObjectMapper().readTree(parameters);
        return (Result) stage.run(bench.task("finetune", "finetune", json), bench);
    }

    private static Path produced(Result result) {
        return LocalWorkbench.path(result.models().get(0).model());
    }

    private static List<Double> losses(Result result) {
        return new ObjectMapper()
                .convertValue(
                        result.findings().path("loss"),
                        new com.fasterxml.jackson.core.type.TypeReference<List<Double>>() {});
    }

    private static double accuracy(Path model, Path data) {
        return figures(model, data).get("top1");
    }

    private static Map<String, Double> figures(Path model, Path data) {
        OnnxModel read = OnnxModel.read(model);
        try (OnnxSession session = OnnxSession.open(read, SessionOptions.threads(1))) {
            Dataset set = Dataset.open(data, read);
            return new ModelMetrics(KnownOutputs.of(read, set, Map.of()), set)
                    .ofOriginal(Answers.of(session), 64, 0, ProgressListener.NONE)
                    .figures();
        }
    }
}
