package io.millrace.inference.time;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.inference.KernelTimes;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TimeTableTest {

    /** Keeps times, and counts the look-ups. */
    private static final class Counted implements TimeStore {
        final Map<String, OperationTime> times = new HashMap<>();

        @Override
        public Optional<OperationTime> find(String name) {
            return Optional.ofNullable(times.get(name));
        }

        @Override
        public void keep(String name, OperationTime time) {
            assertThat(times.putIfAbsent(name, time)).isNull();
        }
    }

    private static Node conv(String name, String from, String weight) {
        return Node.of("Conv", name, List.of(from, weight), List.of(name)).with("pads", new long[] {1, 1, 1, 1});
    }

    private static Node node(String op, String name, String... inputs) {
        return Node.of(op, name, List.of(inputs), List.of(name));
    }

    /** Two convolutions alike, one of them with a residual that is added. */
    private static OnnxModel residual(int channels, int size) {
        OnnxModel model = Models.of(
                new long[] {-1, channels, size, size},
                new long[] {-1, channels, size, size},
                conv("a", "x", "w1"),
                node("Relu", "b", "a"),
                conv("c", "b", "w2"),
                node("Add", "d", "c", "b"),
                node("Relu", "e", "d"),
                conv("f", "e", "w1"),
                node("Relu", "y", "f"));
        for (String weight : List.of("w1", "w2")) {
            float[] values = new float[channels * channels * 9];
            java.util.Arrays.fill(values, 0.01f);
            model.graph().setInitializer(weight, Tensor.ofFloats(values, channels, channels, 3, 3));
        }
        return model;
    }

    @Test
    void whatTheRuntimeFusesIsOneStep() {
        // when
        Operations operations = Operations.of(residual(16, 8), Map.of(), 4);

        // then the residual and the activation go with the convolution that is computed last
        assertThat(operations.steps()).extracting(Operation::output).containsExactly("b", "e", "y");
        assertThat(operations.unknown()).isEmpty();
        assertThat(operations.steps().get(0).key())
                .isEqualTo("Conv{pads=1 1 1 1}(x0:float[4x16x8x8], w0:float[16x16x3x3]); Relu(v2)");
        assertThat(operations.steps().get(2).key())
                .isEqualTo(operations.steps().get(0).key());
        assertThat(operations.steps().get(1).key()).contains("Add(v2, x0:float[4x16x8x8]); Relu");
    }

    @Test
    void branchesStayStepsOfTheirOwnAndShapesTakeNoTime() {
        // given
        OnnxModel model = Models.of(
                new long[] {2, 4, 8, 8},
                new long[] {2, 512},
                node("Sigmoid", "s", "x"),
                node("Mul", "m", "x", "s"),
                node("Shape", "sizes", "m"),
                node("Reshape", "r", "m", "wanted"),
                node("Concat", "y", "r", "r").with("axis", 1));
        model.graph().setInitializer("wanted", Tensor.ofLongs(new long[] {0, -1}, 2));

        // when
        Operations operations = Operations.of(model, Map.of(), 1);

        // then the target of the reshape is a part of the key, as it decides what is computed
        assertThat(operations.steps()).extracting(Operation::output).containsExactly("s", "m", "r", "y");
        assertThat(operations.steps().get(2).key()).isEqualTo("Reshape(x0:float[2x4x8x8], w0:int64[2]=[0, -1])");
    }

    @Test
    void quantizedLayersAreMeasuredWithTheirConversions() {
        // given
        OnnxModel model = Models.of(
                new long[] {1, 8},
                new long[] {1, 8},
                node("QuantizeLinear", "q", "x", "scale", "zero"),
                node("DequantizeLinear", "d", "q", "scale", "zero"),
                node("DequantizeLinear", "wd", "w", "scale", "zero"),
                node("MatMul", "m", "d", "wd"),
                node("QuantizeLinear", "mq", "m", "scale", "zero"),
                node("DequantizeLinear", "y", "mq", "scale", "zero"));
        model.graph().setInitializer("scale", Tensor.ofFloats(new float[] {0.1f}));
        model.graph()
                .setInitializer("zero", Tensor.of(io.millrace.onnx.ElementType.INT8, java.nio.ByteBuffer.allocate(1)));
        model.graph()
                .setInitializer(
                        "w", Tensor.of(io.millrace.onnx.ElementType.INT8, java.nio.ByteBuffer.allocate(64), 8, 8));

        // when
        Operations operations = Operations.of(model, Map.of(), 1);

        // then
        assertThat(operations.steps()).extracting(Operation::output).contains("q", "mq");
        assertThat(operations.steps().get(1).nodes())
                .extracting(Node::op)
                .containsExactly("DequantizeLinear", "DequantizeLinear", "MatMul", "QuantizeLinear");
        assertThat(operations.steps().get(1).key()).contains("int8[1x8]", "int8[8x8]");
        TimeTable.NetworkTime time = new TimeTable(TimeStore.inMemory(), 1).of(model, 1);
        assertThat(time.unmeasured()).isEmpty();
    }

    @Test
    void timeIsMeasuredOnceForAllWhoShareTheStore() {
        // given
        Counted store = new Counted();
        TimeTable first = new TimeTable(store, 1);

        // when
        TimeTable.NetworkTime time = first.of(residual(16, 8), 4);
        TimeTable second = new TimeTable(store, 1);
        TimeTable.NetworkTime again = second.of(residual(16, 8), 4);

        // then of three steps two are alike
        assertThat(first.measured()).isEqualTo(2);
        assertThat(second.measured()).isZero();
        assertThat(again).isEqualTo(time);
        assertThat(time.nanos().get("b")).isEqualTo(time.nanos().get("y")).isPositive();
        assertThat(time.unmeasured()).isEmpty();
        assertThat(store.times.values()).allSatisfy(kept -> {
            assertThat(kept.low()).isLessThanOrEqualTo(kept.nanos());
            assertThat(kept.high()).isGreaterThanOrEqualTo(kept.nanos());
            assertThat(kept.machine()).contains("onnxruntime " + KernelTimes.runtimeVersion());
            assertThat(kept.operation()).startsWith("1 threads: Conv");
            assertThat(kept.runs()).isGreaterThanOrEqualTo(5);
        });
        assertThat(new TimeTable(store, 2).of(residual(16, 8), 4).nanos()).hasSize(3);
        assertThat(store.times).hasSize(4);
    }

    @Test
    void largerStepsTakeLonger() {
        // given sixteen times the operations
        TimeTable table = new TimeTable(TimeStore.inMemory(), 1);

        // when, then
        assertThat(table.of(residual(64, 16), 4).sum())
                .isGreaterThan(2 * table.of(residual(16, 16), 4).sum());
    }

    @Test
    void stepThatCannotRunAloneIsSaidWithItsReason() {
        // given an operator that nobody knows
        OnnxModel model =
                Models.of(new long[] {1, 8}, new long[] {1, 8}, node("Relu", "r", "x"), node("Mystery", "y", "r"));

        // when
        TimeTable.NetworkTime time = new TimeTable(TimeStore.inMemory(), 1).of(model, 1);

        // then
        assertThat(time.nanos()).containsOnlyKeys("r");
        assertThat(time.unmeasured()).containsOnlyKeys("y");
        assertThat(time.unmeasured().get("y")).contains("Mystery");
    }
}
