package io.millrace.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.data.BatchOptions;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ActivationsTest {
    @TempDir
    Path folder;

    @Test
    void streamsInputsAndInnerValuesBatchByBatch() throws Exception {
        // given
        ByteBuffer images = ByteBuffer.allocate(16 + 5 * 2)
                .putInt(0x803)
                .putInt(5)
                .putInt(1)
                .putInt(2);
        for (int i = 0; i < 10; i++) {
            images.put((byte) (i * 25));
        }
        Files.write(folder.resolve("a-images-idx3-ubyte"), images.array());
        OnnxModel model = SmallNetworks.of(
                new long[] {-1, 1, 1, 2},
                new long[] {-1, 1, 1, 2},
                Node.of("Neg", "neg", List.of("x"), List.of("n")),
                Node.of("Exp", "exp", List.of("n"), List.of("y")));
        Map<String, Float> sums = new HashMap<>();
        Map<String, Integer> calls = new HashMap<>();

        // when
        try (Activations activations = Activations.of(model, List.of("x", "n"), SessionOptions.threads(1));
                Batches batches = Dataset.open(folder, model).batches(BatchOptions.inOrder(2))) {
            activations.stream(
                    batches,
                    (name, tensor) -> {
                        calls.merge(name, 1, Integer::sum);
                        for (float value : tensor.floats()) {
                            sums.merge(name, value, Float::sum);
                        }
                    },
                    ProgressListener.NONE);
        }

        // then
        float sum = 45 * 25 / 255f;
        assertThat(calls).isEqualTo(Map.of("x", 3, "n", 3));
        assertThat(sums.get("x")).isCloseTo(sum, within(1e-5f));
        assertThat(sums.get("n")).isCloseTo(-sum, within(1e-5f));
    }

    @Test
    void ratesNoiseInDecibels() {
        // given
        float[] reference = {1, -1, 1, -1};
        float[] noisy = {1.1f, -0.9f, 1.1f, -0.9f};

        // when
        double decibels = new Sqnr().add(reference, noisy).decibels();

        // then
        assertThat(decibels).isCloseTo(20, within(1e-4));
        assertThat(new Sqnr().add(reference, reference).decibels()).isInfinite();
    }

    @Test
    void countsNothingAsIntegerInAFloatModel() {
        // when
        FusedOperators fused = FusedOperators.count(SmallNetworks.convolutions(16, 3, -1));

        // then
        assertThat(fused.integerLayers()).isZero();
        assertThat(fused.layersLeftInFloat()).hasSize(3);
        assertThat(fused.conversions()).isZero();
    }
}
