package io.millrace.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.data.Dataset;
import io.millrace.data.InvalidDataException;
import io.millrace.onnx.OnnxModel;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClassificationMetricTest {
    private static final int CLASSES = 7;
    private static final int SAMPLES = 150;

    @TempDir
    Path folder;

    /** Sample n is the one-hot image of n mod 7, and its label is n mod 7 for two in three samples, else 0. */
    @BeforeEach
    void writeData() throws IOException {
        ByteBuffer images = ByteBuffer.allocate(16 + SAMPLES * CLASSES);
        ByteBuffer labels = ByteBuffer.allocate(8 + SAMPLES);
        images.putInt(0x803).putInt(SAMPLES).putInt(1).putInt(CLASSES);
        labels.putInt(0x801).putInt(SAMPLES);
        for (int n = 0; n < SAMPLES; n++) {
            images.put(16 + n * CLASSES + n % CLASSES, (byte) 255);
            labels.put((byte) (n % 3 < 2 ? n % CLASSES : 0));
        }
        write("a-images-idx3-ubyte", images);
        write("a-labels-idx1-ubyte", labels);
    }

    @Test
    void countsFirstAndFirstFiveChoices() {
        // given
        OnnxModel model = diagonal(-1);

        try (OnnxSession session = OnnxSession.open(model, SessionOptions.threads(1))) {
            AtomicLong done = new AtomicLong();

            // when
            Map<String, Double> figures =
                    ClassificationMetric.of(session, Dataset.open(folder, model), 0, (d, total) -> done.set(d));

            // then
            long right = java.util.stream.IntStream.range(0, SAMPLES)
                    .filter(n -> n % 3 < 2 || n % CLASSES == 0)
                    .count();
            assertThat(figures.get("top1")).isCloseTo(right / (double) SAMPLES, within(1e-9));
            assertThat(figures.get("top5")).isEqualTo(1.0);
            assertThat(done).hasValue(SAMPLES);
        }
    }

    @Test
    void givesTheSameForAModelOfAFixedBatch() {
        // given
        OnnxModel open = diagonal(-1);
        OnnxModel fixed = diagonal(4);

        try (OnnxSession one = OnnxSession.open(open, SessionOptions.threads(1));
                OnnxSession other = OnnxSession.open(fixed, SessionOptions.threads(1))) {
            // when
            Map<String, Double> expected =
                    ClassificationMetric.of(one, Dataset.open(folder, open), 0, ProgressListener.NONE);
            Map<String, Double> figures =
                    ClassificationMetric.of(other, Dataset.open(folder, fixed), 0, ProgressListener.NONE);

            // then
            assertThat(figures).isEqualTo(expected);
        }
    }

    @Test
    void comparesWithAnotherModel() {
        // given
        OnnxModel model = diagonal(-1);
        float[] shifted = new float[CLASSES * CLASSES];
        for (int i = 0; i < CLASSES; i++) {
            shifted[i * CLASSES + (i == 3 ? 4 : i)] = 1;
        }
        OnnxModel other = network(shifted, -1);

        try (OnnxSession one = OnnxSession.open(model, SessionOptions.threads(1));
                OnnxSession two = OnnxSession.open(other, SessionOptions.threads(1))) {
            // when
            Map<String, Double> figures =
                    ClassificationMetric.against(one, two, Dataset.open(folder, model), 140, ProgressListener.NONE);

            // then
            assertThat(figures.get("agreement")).isCloseTo(6 / 7.0, within(1e-9));
        }
    }

    @Test
    void refusesDataWithoutLabels() throws IOException {
        // given
        Files.delete(folder.resolve("a-labels-idx1-ubyte"));
        OnnxModel model = diagonal(-1);

        try (OnnxSession session = OnnxSession.open(model, SessionOptions.threads(1))) {
            Dataset data = Dataset.open(folder, model);

            // when, then
            assertThatThrownBy(() -> ClassificationMetric.of(session, data, 0, ProgressListener.NONE))
                    .isInstanceOf(InvalidDataException.class)
                    .hasMessageContaining("no labels");
        }
    }

    private static OnnxModel diagonal(long batch) {
        float[] weights = new float[CLASSES * CLASSES];
        for (int i = 0; i < CLASSES; i++) {
            weights[i * CLASSES + i] = 1;
        }
        return network(weights, batch);
    }

    private static OnnxModel network(float[] weights, long batch) {
        OnnxModel model = Networks.of(
                new long[] {batch, 1, 1, CLASSES},
                new long[] {batch, CLASSES},
                io.millrace.onnx.Node.of("Flatten", "flatten", java.util.List.of("x"), java.util.List.of("f")),
                io.millrace.onnx.Node.of("Gemm", "gemm", java.util.List.of("f", "w"), java.util.List.of("y")));
        model.graph().setInitializer("w", io.millrace.onnx.Tensor.ofFloats(weights, CLASSES, CLASSES));
        return model;
    }

    private void write(String name, ByteBuffer content) throws IOException {
        try (OutputStream out = Files.newOutputStream(folder.resolve(name))) {
            out.write(content.array());
        }
    }
}
