package io.millrace.evaluator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.millrace.contracts.FailureKind;
import io.millrace.contracts.Json;
import io.millrace.contracts.job.JobSpec;
import io.millrace.contracts.task.Evaluation;
import io.millrace.contracts.task.Outcome;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.OutputKind;
import io.millrace.worker.LocalWorkbench;
import io.millrace.worker.StageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvaluatorStageTest {
    private static final int CLASSES = 6;
    private static final int SAMPLES = 90;

    @TempDir
    Path folder;

    private final EvaluatorStage stage = new EvaluatorStage();
    private LocalWorkbench bench;
    private Path model;
    private Path data;

    @BeforeEach
    void prepare() throws IOException {
        model = folder.resolve("net.onnx");
        EvaluatedNetworks.classifier(CLASSES, -1, 0).write(model);
        data = Files.createDirectories(folder.resolve("set"));
        writeData(CLASSES, CLASSES);
        bench = new LocalWorkbench(folder.resolve("bench"))
                .withModel("model", model)
                .withData("validation", data);
    }

    @Test
    void baselineGivesFiguresAndWhatWasResolved() throws IOException {
        // when
        Outcome.Result result = (Outcome.Result) run("baseline", "{}");

        // then
        Evaluation figures = result.evaluation();
        assertThat(figures.metrics())
                .containsEntry("top1", 1.0)
                .containsEntry("top5", 1.0)
                .containsEntry("agreement", 1.0);
        assertThat(figures.macs()).isEqualTo(CLASSES + 2 * CLASSES * CLASSES);
        assertThat(figures.parameters()).isEqualTo(1 + 2 * CLASSES * CLASSES);
        assertThat(figures.bytes()).isEqualTo(Files.size(model));
        assertThat(figures.latency()).isNull();
        assertThat(result.findings().at("/resolved/models/model/sha256").asText())
                .hasSize(64);
        assertThat(result.findings().at("/resolved/data/validation/uri").asText())
                .contains("set");
        assertThat(bench.reports()).isNotEmpty();
    }

    @Test
    void evaluateComparesWithTheOriginal() throws IOException {
        // given
        Path worse = folder.resolve("worse.onnx");
        EvaluatedNetworks.classifier(CLASSES, -1, 2).write(worse);
        bench.withModel("original", model).withModel("model", worse);

        // when
        Evaluation figures = ((Outcome.Result) run("evaluate", "{\"batch\":4,\"threads\":1}")).evaluation();

        // then
        assertThat(figures.metrics().get("top1")).isCloseTo(4 / 6.0, within(1e-9));
        assertThat(figures.metrics().get("agreement")).isCloseTo(4 / 6.0, within(1e-9));
        assertThat(figures.latency().batch()).isEqualTo(4);
        assertThat(figures.latency().threads()).isEqualTo(1);
        assertThat(figures.latency().medianMillis()).isPositive();
    }

    @Test
    void evaluatesModelsOfAFixedBatch() throws IOException {
        // given
        Path fixed = folder.resolve("fixed.onnx");
        EvaluatedNetworks.classifier(CLASSES, 1, 0).write(fixed);
        bench.withModel("original", fixed).withModel("model", fixed);

        // when
        Evaluation figures = ((Outcome.Result) run("evaluate", "{}")).evaluation();

        // then
        assertThat(figures.metrics()).containsEntry("top1", 1.0).containsEntry("agreement", 1.0);
        assertThat(figures.latency().batch()).isEqualTo(1);
    }

    @Test
    void dataWithoutLabelsCanBeMeasuredByAgreementOnly() throws IOException {
        // given
        Files.delete(data.resolve("a-labels-idx1-ubyte"));
        bench.withModel("original", model);

        // when
        Evaluation figures = ((Outcome.Result) run("evaluate", "{\"metric\":\"agreement\"}")).evaluation();
        StageException refusal = refusal("baseline", "{\"metric\":\"top1\"}");

        // then
        assertThat(figures.metrics()).containsOnlyKeys("agreement").containsEntry("agreement", 1.0);
        assertThat(refusal.kind()).isEqualTo(FailureKind.INVALID_INPUT);
        assertThat(refusal).hasMessageContaining("no labels");
    }

    @Test
    void saysWhatEachOutputWasTakenForAndWhy() throws IOException {
        assertThat(((Outcome.Result) run("baseline", "{}"))
                        .findings()
                        .at("/outputs/y")
                        .asText())
                .isEqualTo("class-scores: the labels, 0 to 5, fit; agreement is the share of equal first choices;"
                        + " held against the labels");
    }

    @Test
    void whatTheJobSaysOfAnOutputCounts() throws IOException {
        // given a model whose numbers are ten times those of the original: the same choices, other values
        Path tenfold = folder.resolve("tenfold.onnx");
        OnnxModel scaled = EvaluatedNetworks.classifier(CLASSES, -1, 0);
        float[] weights = scaled.graph().initializer("v").floats();
        for (int i = 0; i < weights.length; i++) {
            weights[i] *= 10;
        }
        scaled.graph().setInitializer("v", Tensor.ofFloats(weights, CLASSES, CLASSES));
        scaled.write(tenfold);
        bench.withModel("original", model).withModel("model", tenfold);

        // when, then
        assertThat(agreement()).isEqualTo(1);
        bench.withOutput("y", "values");
        assertThat(agreement()).isLessThan(-50);
        bench.withOutput("y", "class-indices");
        assertThat(refusal("evaluate", "{}").kind()).isEqualTo(FailureKind.INVALID_INPUT);
        bench.withOutput("y", "scores");
        assertThat(refusal("evaluate", "{}")).hasMessageContaining("outputs.y: 'scores' is no kind of output");
    }

    private double agreement() throws IOException {
        return ((Outcome.Result) run("evaluate", "{\"metric\":\"agreement\"}"))
                .evaluation()
                .metrics()
                .get("agreement");
    }

    @Test
    void jobsAndModelsHaveTheSameWordsForOutputs() {
        assertThat(Arrays.stream(OutputKind.values()).map(OutputKind::word)).isEqualTo(JobSpec.OUTPUT_KINDS);
    }

    @Test
    void aMetricThatCannotBeMeasuredIsRefusedWithThoseThatCan() throws IOException {
        assertThat(refusal("baseline", "{\"metric\":\"auc\"}"))
                .hasMessageEndingWith("metric 'auc' cannot be measured here: it is of one score that tells two classes"
                        + " apart, both of which occur; there are [agreement, top1, top5]");
        Files.delete(data.resolve("a-labels-idx1-ubyte"));
        assertThat(refusal("baseline", "{\"metric\":\"top5\"}"))
                .hasMessageEndingWith(
                        "metric 'top5' cannot be measured here: the data set has no labels; there are [agreement]");
    }

    @Test
    void anOriginalAtChanceIsSaidAloud() throws IOException {
        EvaluatedNetworks.classifier(CLASSES, -1, CLASSES).write(model);

        assertThat(((Outcome.Result) run("baseline", "{}")).evaluation().notes())
                .singleElement()
                .asString()
                .startsWith("the original answers 0.0 % of the labels with its output 'y'");
    }

    @Test
    void layersStandBesideThoseOfTheOriginalWithTheStepsThatMadeThem() throws IOException {
        // given a candidate whose last layer became two, and whose first layer kept its place with another weight
        OnnxModel split = EvaluatedNetworks.classifier(CLASSES, -1, 0);
        Node second = split.graph().producer("y");
        Patch.of(split.graph(), "spatial-svd")
                .replace(
                        second,
                        Node.of("Gemm", "second_1", List.of("h", "v"), List.of("half")),
                        Node.of("Gemm", "second_2", List.of("half", "w"), List.of("y")))
                .apply();
        Patch.of(split.graph(), "fine-tuning")
                .set("k", Tensor.ofFloats(new float[] {2}, 1, 1, 1, 1))
                .apply();
        Path file = folder.resolve("split.onnx");
        split.write(file);
        bench.withModel("original", model).withModel("model", file);

        // when
        JsonNode findings = ((Outcome.Result) run("evaluate", "{}")).findings();

        // then
        JsonNode conv = layer(findings, "conv");
        assertThat(conv.get("steps")).containsExactly(TextNode.valueOf("fine-tuning of conv"));
        assertThat(conv.get("macs-before").asLong())
                .isEqualTo(conv.get("macs").asLong())
                .isEqualTo(CLASSES);
        for (String name : List.of("second_1", "second_2")) {
            JsonNode half = layer(findings, name);
            assertThat(half.get("of").asText()).isEqualTo("second");
            assertThat(half.get("macs-before").asLong()).isEqualTo(CLASSES * CLASSES);
            assertThat(half.get("parameters").asLong()).isEqualTo(CLASSES * CLASSES);
            assertThat(half.get("weight").asText()).isEqualTo("6x6");
            assertThat(half.get("steps")).containsExactly(TextNode.valueOf("spatial-svd of second"));
        }
        assertThat(layer(findings, "gemm").get("steps")).isEmpty();
        assertThat(findings.get("notes")).isEmpty();
    }

    private static JsonNode layer(JsonNode findings, String name) {
        for (JsonNode layer : findings.get("layers")) {
            if (layer.get("name").asText().equals(name)) {
                return layer;
            }
        }
        throw new AssertionError("no layer " + name + " in " + findings);
    }

    @Test
    void aCandidateThatIsTheOriginalSaysSo() throws IOException {
        // given the same network in another file
        Path same = folder.resolve("same.onnx");
        OnnxModel.read(model).write(same);
        bench.withModel("original", model).withModel("model", same);

        assertThat(((Outcome.Result) run("evaluate", "{}")).evaluation().notes())
                .containsExactly("nothing was changed: this is the original network");
    }

    @Test
    void whereNoNodeIsCountedThereAreNoMacsButAReason() throws IOException {
        // given a network whose only layer reads values of a shape that is known only when it runs
        EvaluatedNetworks.uncounted(CLASSES).write(model);

        Evaluation figures = ((Outcome.Result) run("baseline", "{\"metric\":\"agreement\"}")).evaluation();

        assertThat(figures.macs()).isNull();
        assertThat(figures.notes()).anySatisfy(note -> assertThat(note).startsWith("MACs are not counted, of gemm: "));
    }

    @Test
    void theOriginalAnswersOnceForAllCandidates() throws IOException {
        // given
        bench.withModel("original", model);
        run("evaluate", "{}");
        Path worse = folder.resolve("worse.onnx");
        EvaluatedNetworks.classifier(CLASSES, -1, 2).write(worse);
        bench.withModel("model", worse);

        // when
        Evaluation kept = ((Outcome.Result) run("evaluate", "{}")).evaluation();
        Evaluation fresh = ((Outcome.Result) new EvaluatorStage()
                        .run(bench.task("evaluation", "evaluate", Json.mapper().createObjectNode()), bench))
                .evaluation();

        // then
        assertThat(kept.metrics()).isEqualTo(fresh.metrics());
        assertThat(kept.metrics().get("agreement")).isCloseTo(4 / 6.0, within(1e-9));
    }

    @Test
    void refusesWhatIsNoModelNamingItsAddress() throws IOException {
        for (String content : List.of("", "this is not a model", "\n\n\n\n")) {
            // given
            Files.writeString(model, content);

            // when
            StageException refusal = refusal("baseline", "{}");

            // then
            assertThat(refusal.kind()).isEqualTo(FailureKind.INVALID_INPUT);
            assertThat(refusal).hasMessageContaining(model.toUri().toString());
        }
    }

    @Test
    void refusesATruncatedModel() throws IOException {
        // given
        byte[] whole = Files.readAllBytes(model);

        for (int length = 1; length < whole.length; length += 7) {
            // when
            Files.write(model, Arrays.copyOf(whole, length));

            // then
            StageException refusal = refusal("baseline", "{}");
            assertThat(refusal.kind())
                    .as("cut at %d: %s", length, refusal.getMessage())
                    .isIn(FailureKind.INVALID_INPUT, FailureKind.UNSUPPORTED);
        }
    }

    @Test
    void refusesAModelThatIsNotThere() throws IOException {
        // given
        Files.delete(model);

        // when, then
        assertThat(refusal(new LocalWorkbench(folder.resolve("empty")).withData("validation", data), "baseline", "{}"))
                .hasMessageContaining("'model'");
    }

    @Test
    void refusesAModelWithNothingToCompress() throws IOException {
        // given
        EvaluatedNetworks.of(
                        new long[] {-1, 1, 1, CLASSES},
                        new long[] {-1, CLASSES},
                        Node.of("Flatten", "flatten", List.of("x"), List.of("y")))
                .write(model);

        // when
        StageException refusal = refusal("baseline", "{}");

        // then
        assertThat(refusal.kind()).isEqualTo(FailureKind.UNSUPPORTED);
        assertThat(refusal).hasMessageContaining("nothing to compress");
    }

    @Test
    void refusesLabelsOutsideTheClasses() throws IOException {
        // given
        writeData(CLASSES, CLASSES + 1);

        // when
        StageException refusal = refusal("baseline", "{}");

        // then
        assertThat(refusal.kind()).isEqualTo(FailureKind.INVALID_INPUT);
        assertThat(refusal).hasMessageContaining("label 6 at index 6").hasMessageContaining("0 to 5");
    }

    @Test
    void refusesDataWhoseShapeDoesNotFit() throws IOException {
        // given
        writeData(CLASSES + 1, CLASSES);

        // when
        StageException refusal = refusal("baseline", "{}");

        // then
        assertThat(refusal.kind()).isEqualTo(FailureKind.INVALID_INPUT);
        assertThat(refusal).hasMessageContaining("[90, 1, 1, 7]").hasMessageContaining("[N, 1, 1, 6]");
    }

    @Test
    void refusesParametersByName() {
        assertThat(refusal("evaluate", "{\"batches\":4}")).hasMessageContaining("batches: unknown field");
        assertThat(refusal("evaluate", "{\"metric\":\"top3\"}")).hasMessageContaining("'top3'");
        assertThat(refusal("evaluate", "{\"threads\":0}")).hasMessageContaining("threads");
    }

    private StageException refusal(String action, String parameters) {
        return refusal(bench, action, parameters);
    }

    private StageException refusal(LocalWorkbench on, String action, String parameters) {
        return catchThrowableOfType(
                StageException.class,
                () -> stage.run(
                        on.task("evaluation", action, (ObjectNode) Json.mapper().readTree(parameters)), on));
    }

    private Outcome run(String action, String parameters) throws IOException {
        return stage.run(
                bench.task("evaluation", action, (ObjectNode) Json.mapper().readTree(parameters)), bench);
    }

    /** Sample n is the one-hot image of its label. */
    private void writeData(int width, int labels) throws IOException {
        ByteBuffer images = ByteBuffer.allocate(16 + SAMPLES * width);
        images.putInt(0x803).putInt(SAMPLES).putInt(1).putInt(width);
        ByteBuffer classes = ByteBuffer.allocate(8 + SAMPLES).putInt(0x801).putInt(SAMPLES);
        for (int n = 0; n < SAMPLES; n++) {
            images.put(16 + n * width + n % labels % width, (byte) 255);
            classes.put((byte) (n % labels));
        }
        Files.write(data.resolve("a-images-idx3-ubyte"), images.array());
        Files.write(data.resolve("a-labels-idx1-ubyte"), classes.array());
    }
}
