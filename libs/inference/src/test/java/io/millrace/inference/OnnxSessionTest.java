package io.millrace.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OnnxSessionTest {
    @TempDir
    Path folder;

    @Test
    void runsAModelFromMemoryAndFromAFileOnHeapAndDirectMemory() {
        // given
        OnnxModel model = SmallNetworks.linear(new float[] {1, 2, 3, 4, 5, 6}, 2, 3, -1);
        Path file = folder.resolve("model.onnx");
        model.write(file);
        ByteBuffer direct = ByteBuffer.allocateDirect(8).order(ByteOrder.LITTLE_ENDIAN);
        direct.putFloat(1).putFloat(10).flip();

        try (OnnxSession memory = OnnxSession.open(model, SessionOptions.threads(1));
                OnnxSession stored = OnnxSession.open(file, SessionOptions.threads(1))) {
            // when
            Tensor one = memory.run(Map.of("x", Tensor.ofFloats(new float[] {1, 10}, 1, 2)))
                    .get("y");
            Tensor other = stored.run(Map.of("x", Tensor.of(ElementType.FLOAT, direct, 1, 2)))
                    .get("y");

            // then
            assertThat(one.floats()).containsExactly(41f, 52f, 63f);
            assertThat(other.floats()).containsExactly(41f, 52f, 63f);
            assertThat(other.dims()).containsExactly(1, 3);
            assertThat(memory.fixedBatch()).isEmpty();
            assertThat(memory.inputNames()).containsExactly("x");
        }
    }

    @Test
    void treatsDenormalsAsZeroWhereTimeIsMeasured() {
        // given
        OnnxModel model = SmallNetworks.linear(new float[] {1e-39f}, 1, 1, -1);

        try (OnnxSession session = OnnxSession.open(model, SessionOptions.threads(1))) {
            // when
            Tensor result =
                    MeasuringThread.call(() -> session.run(Map.of("x", Tensor.ofFloats(new float[] {1e10f}, 1, 1)))
                            .get("y"));

            // then
            assertThat(result.floats()).containsExactly(0f);
        }
    }

    @Test
    void endsARunThatNeverEnds() {
        // given
        SessionOptions options = SessionOptions.threads(1).withLimit(Duration.ofMillis(300));
        try (OnnxSession session = OnnxSession.open(SmallNetworks.endless(), options)) {
            Map<String, Tensor> input = Map.of("x", Tensor.ofFloats(new float[] {1, 2}, 1, 2));

            // when, then
            assertThatThrownBy(() -> session.run(input))
                    .isInstanceOf(InferenceException.TimedOut.class)
                    .hasMessageContaining("'network' did not finish");
        }
    }

    @Test
    void saysWhyTheRuntimeRefusesAModelOrAnInput() throws Exception {
        // given
        Path garbage = Files.writeString(folder.resolve("garbage.onnx"), "not a model");
        OnnxModel unknown = SmallNetworks.of(
                new long[] {1}, new long[] {1}, Node.of("NoSuchOperator", "odd", List.of("x"), List.of("y")));

        // when, then
        assertThatThrownBy(() -> OnnxSession.open(garbage, SessionOptions.threads(1)))
                .isInstanceOf(InferenceException.class)
                .hasMessageContaining("garbage.onnx");
        assertThatThrownBy(() -> OnnxSession.open(unknown, SessionOptions.threads(1)))
                .isInstanceOf(InferenceException.class)
                .hasMessageContaining("NoSuchOperator");
        assertThatThrownBy(() -> OnnxSession.open(folder.resolve("none.onnx"), SessionOptions.threads(1)))
                .isInstanceOf(InferenceException.class)
                .hasMessageContaining("no such model file");

        // given
        try (OnnxSession session =
                OnnxSession.open(SmallNetworks.linear(new float[] {1, 1}, 2, 1, -1), SessionOptions.threads(1))) {
            // when, then
            assertThatThrownBy(() -> session.run(Map.of("z", Tensor.scalar(1))))
                    .isInstanceOf(InferenceException.class)
                    .hasMessageContaining("needs its input 'x'");
            assertThatThrownBy(() -> session.run(Map.of("x", Tensor.ofFloats(new float[3], 1, 3))))
                    .isInstanceOf(InferenceException.class)
                    .hasMessageContaining("Expected: 2");
        }
    }
}
