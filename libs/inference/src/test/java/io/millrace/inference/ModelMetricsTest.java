package io.millrace.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.data.Dataset;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelMetricsTest {
    private static final int SAMPLES = 210;
    private static final int CLASSES = 7;

    @TempDir
    Path folder;

    /** Sample n is the one-hot image of n mod 7, and its label is n mod 7 for two in three samples, else 0. */
    @BeforeEach
    void writeData() throws IOException {
        write(n -> n % 3 < 2 ? n % CLASSES : 0);
    }

    @Test
    void countsFirstAndFirstFiveChoices() {
        AtomicLong done = new AtomicLong();

        ModelMetrics.Result result = original(diagonal(-1), Map.of(), (d, total) -> done.set(d));

        long right = IntStream.range(0, SAMPLES)
                .filter(n -> n % 3 < 2 || n % CLASSES == 0)
                .count();
        assertThat(result.figures().get("top1")).isCloseTo(right / (double) SAMPLES, within(1e-9));
        assertThat(result.figures()).containsEntry("top5", 1.0).containsEntry("agreement", 1.0);
        assertThat(result.absent()).containsOnlyKeys("auc");
        assertThat(result.scored()).isEqualTo("y");
        assertThat(result.notes()).isEmpty();
        assertThat(done).hasValue(SAMPLES);
    }

    @Test
    void givesTheSameForAModelOfAFixedBatch() {
        for (long batch : new long[] {4, 64, 500}) {
            assertThat(original(diagonal(batch), Map.of(), ProgressListener.NONE)
                            .figures())
                    .isEqualTo(original(diagonal(-1), Map.of(), ProgressListener.NONE)
                            .figures());
        }
    }

    @Test
    void comparesWithTheOriginal() {
        float[] shifted = identity(CLASSES);
        shifted[3 * CLASSES + 3] = 0;
        shifted[3 * CLASSES + 4] = 1;

        assertThat(against(network(shifted, -1), diagonal(-1)).figures().get("agreement"))
                .isCloseTo(6 / 7.0, within(1e-9));
    }

    @Test
    void withoutLabelsThereIsAgreementOnlyAndAReason() throws IOException {
        Files.delete(folder.resolve("a-labels-idx1-ubyte"));

        ModelMetrics.Result result = original(diagonal(-1), Map.of(), ProgressListener.NONE);

        assertThat(result.figures()).containsOnlyKeys("agreement");
        assertThat(result.absent())
                .containsEntry("top1", "the data set has no labels")
                .hasSize(3);
    }

    @Test
    void aRowOfPlainValuesAgreesByR2NotByItsLargest() throws IOException {
        // given no labels, so nothing tells that these are scores; the candidate keeps the order, and nothing else
        Files.delete(folder.resolve("a-labels-idx1-ubyte"));
        float[] tenfold = identity(CLASSES);
        for (int i = 0; i < tenfold.length; i++) {
            tenfold[i] *= 10;
        }

        // when, then
        assertThat(against(network(tenfold, -1), diagonal(-1)).figures().get("agreement"))
                .isLessThan(-50);
    }

    @Test
    void whatGivesNoNumbersHasNoAgreementButAReason() throws IOException {
        Files.delete(folder.resolve("a-labels-idx1-ubyte"));
        float[] broken = identity(CLASSES);
        broken[0] = Float.NaN;

        ModelMetrics.Result result = against(network(broken, -1), diagonal(-1));

        assertThat(result.figures()).isEmpty();
        assertThat(result.absent()).containsEntry("agreement", "the model's outputs are NaN or infinite");
    }

    @Test
    void theOutputThatTheLabelsFitIsScored() {
        // given features [N, 16] first, then scores
        ModelMetrics.Result result = original(twoOutputs(16), Map.of(), ProgressListener.NONE);

        assertThat(result.scored()).isEqualTo("y");
        assertThat(result.figures().get("top1")).isGreaterThan(0.7);
    }

    @Test
    void ofOutputsThatFitAlikeTheOneThatAnswersIsScored() {
        assertThat(original(twoOutputs(CLASSES), Map.of(), ProgressListener.NONE)
                        .scored())
                .isEqualTo("y");
    }

    @Test
    void theJobMaySayOtherwiseAndChanceIsSaidAloud() {
        ModelMetrics.Result result =
                original(twoOutputs(16), Map.of("features", "class-scores", "y", "values"), ProgressListener.NONE);

        assertThat(result.scored()).isEqualTo("features");
        assertThat(result.notes()).hasSize(1);
        assertThat(result.notes().get(0))
                .contains("of the labels with its output 'features'")
                .contains("naming the most frequent label alone");
    }

    /** Nothing has to be said of the others: what is declared to answer the labels is what they are held against. */
    @Test
    void whatTheJobDeclaresIsScoredAlsoWhereAnotherOutputAnswersBetter() {
        ModelMetrics.Result result =
                original(twoOutputs(CLASSES), Map.of("features", "class-scores"), ProgressListener.NONE);

        assertThat(result.scored()).isEqualTo("features");
        assertThat(result.figures().get("top1")).isLessThan(0.3);
    }

    @Test
    void theJobOverridesTheDataSet() throws IOException {
        Files.writeString(folder.resolve("dataset.json"), "{\"outputs\": {\"y\": \"class-scores\"}}");

        assertThat(original(twoOutputs(CLASSES), Map.of(), ProgressListener.NONE)
                        .scored())
                .isEqualTo("y");
        assertThat(original(twoOutputs(CLASSES), Map.of("features", "class-scores"), ProgressListener.NONE)
                        .scored())
                .isEqualTo("features");
    }

    @Test
    void aDeclarationThatTheLabelsDoNotFitIsSaidAloud() {
        ModelMetrics.Result result = original(twoOutputs(3), Map.of("features", "class-scores"), ProgressListener.NONE);

        assertThat(result.scored()).isEqualTo("y");
        assertThat(result.notes())
                .contains(
                        "the labels, 0 to 6, are held against the output 'y': they do not fit 'features', which is declared as class-scores of 3");
    }

    @Test
    void oneScoreTellsTwoClassesApart() throws IOException {
        // given sample n of class n mod 7 scores w[n mod 7]; the label is whether that is above 2
        write(n -> n % CLASSES > 2 ? 1 : 0);
        float[] logits = {-3, -2, 1, 2, 3, -1, 4};
        float[] probabilities = {0.1f, 0.2f, 0.6f, 0.7f, 0.8f, 0.3f, 0.9f};

        for (float[] weights : List.of(logits, probabilities)) {
            ModelMetrics.Result result = original(column(weights), Map.of(), ProgressListener.NONE);

            // 2 is taken for class 1, 5 for class 0; of 12 pairs (5, 2) alone is in the wrong order
            assertThat(result.figures().get("top1")).isCloseTo(5 / 7.0, within(1e-9));
            assertThat(result.figures().get("auc")).isCloseTo(11 / 12.0, within(1e-9));
            assertThat(result.absent()).containsOnlyKeys("top5");
        }
    }

    @Test
    void labelsThatFitNoOutputAreNoReasonToScoreOne() throws IOException {
        write(n -> n % 2);

        ModelMetrics.Result result = original(diagonal(-1), Map.of("y", "independent-scores"), ProgressListener.NONE);

        assertThat(result.figures()).containsOnlyKeys("agreement");
        assertThat(result.absent().get("top1"))
                .isEqualTo("the labels, 0 to 1, fit none of the outputs: [y (independent-scores of 7)]");
    }

    private ModelMetrics.Result original(OnnxModel model, Map<String, String> declared, ProgressListener listener) {
        Dataset data = Dataset.open(folder, model);
        try (OnnxSession session = OnnxSession.open(model, SessionOptions.threads(1))) {
            return new ModelMetrics(KnownOutputs.of(model, data, declared), data)
                    .ofOriginal(Answers.of(session), ModelMetrics.batchFor(session), 0, listener);
        }
    }

    private ModelMetrics.Result against(OnnxModel candidate, OnnxModel model) {
        Dataset data = Dataset.open(folder, model);
        try (OnnxSession one = OnnxSession.open(candidate, SessionOptions.threads(1));
                OnnxSession two = OnnxSession.open(model, SessionOptions.threads(1))) {
            return new ModelMetrics(KnownOutputs.of(model, data, Map.of()), data)
                    .of(Answers.of(one), Answers.of(two), 64, 0, ProgressListener.NONE);
        }
    }

    private static float[] identity(int size) {
        float[] weights = new float[size * size];
        for (int i = 0; i < size; i++) {
            weights[i * size + i] = 1;
        }
        return weights;
    }

    private static OnnxModel diagonal(long batch) {
        return network(identity(CLASSES), batch);
    }

    private static OnnxModel network(float[] weights, long batch) {
        return withWeights(batch, CLASSES, weights);
    }

    private static OnnxModel column(float[] weights) {
        return withWeights(-1, 1, weights);
    }

    private static OnnxModel withWeights(long batch, int width, float[] weights) {
        OnnxModel model = SmallNetworks.of(
                new long[] {batch, 1, 1, CLASSES},
                new long[] {batch, width},
                Node.of("Flatten", "flatten", List.of("x"), List.of("f")),
                Node.of("Gemm", "gemm", List.of("f", "w"), List.of("y")));
        model.graph().setInitializer("w", Tensor.ofFloats(weights, CLASSES, width));
        return model;
    }

    /** Features, which answer nothing, before the scores. */
    private static OnnxModel twoOutputs(int features) {
        OnnxModel model = SmallNetworks.of(
                new long[] {-1, 1, 1, CLASSES},
                new long[] {-1, CLASSES},
                Node.of("Flatten", "flatten", List.of("x"), List.of("f")),
                Node.of("Gemm", "embed", List.of("f", "v"), List.of("features")),
                Node.of("Gemm", "gemm", List.of("f", "w"), List.of("y")));
        float[] weights = new float[CLASSES * features];
        for (int i = 0; i < CLASSES; i++) {
            weights[i * features + (i + 1) % features] = 1;
        }
        model.graph().setInitializer("v", Tensor.ofFloats(weights, CLASSES, features));
        model.graph().setInitializer("w", Tensor.ofFloats(identity(CLASSES), CLASSES, CLASSES));
        List<ValueInfoProto> outputs = new ArrayList<>();
        outputs.add(SmallNetworks.value("features", -1, features));
        outputs.addAll(model.graph().outputs());
        io.millrace.onnx.Patch.of(model.graph(), "tap").outputs(outputs).apply();
        return model;
    }

    private void write(java.util.function.IntUnaryOperator label) throws IOException {
        ByteBuffer images = ByteBuffer.allocate(16 + SAMPLES * CLASSES);
        ByteBuffer labels = ByteBuffer.allocate(8 + SAMPLES);
        images.putInt(0x803).putInt(SAMPLES).putInt(1).putInt(CLASSES);
        labels.putInt(0x801).putInt(SAMPLES);
        for (int n = 0; n < SAMPLES; n++) {
            images.put(16 + n * CLASSES + n % CLASSES, (byte) 255);
            labels.put((byte) label.applyAsInt(n));
        }
        Files.write(folder.resolve("a-images-idx3-ubyte"), images.array());
        Files.write(folder.resolve("a-labels-idx1-ubyte"), labels.array());
    }
}
