package io.millrace.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.tensor.operator.Mappings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OperatorTest {
    static Stream<OneNode> cases() {
        return OperatorCases.all();
    }

    static Stream<OneNode> smoothCases() {
        return cases().filter(OneNode::hasGradient);
    }

    @Test
    void everyOperatorOfTheTableHasACase() {
        Set<String> tried = new TreeSet<>();
        cases().forEach(c -> tried.add(c.toString().split(" ")[0]));

        tried.add("SequenceAt"); // never alone: CorpusTest has it
        assertThat(tried).containsAll(Mappings.names());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void forwardEqualsOnnxRuntime(OneNode network) throws OrtException {
        OnnxModel model = network.model(ElementType.FLOAT);

        Map<String, Tensor> actual;
        try (DifferentiableModel differentiable = DifferentiableModel.of(model, TrainingOptions.withThreads(1))) {
            actual = differentiable.forward(network.inputs());
        }

        Map<String, Tensor> expected = OnnxRuntime.run(model, network.inputs());
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, tensor) -> assertClose(actual.get(name), tensor));
    }

    @ParameterizedTest
    @MethodSource("smoothCases")
    void gradientsEqualFiniteDifferences(OneNode network) {
        checkGradients(network, false);
    }

    @Test
    void batchNormalizationGradientsInTrainingEqualFiniteDifferences() {
        checkGradients(
                cases().filter(c -> c.toString().startsWith("BatchNorm"))
                        .findFirst()
                        .orElseThrow(),
                true);
    }

    private static void checkGradients(OneNode network, boolean training) {
        OnnxModel model = network.model(ElementType.DOUBLE);
        Libtorch.setThreads(1);
        try (DifferentiableModel differentiable = DifferentiableModel.of(model, TrainingOptions.withThreads(1));
                PointerScope scope = new PointerScope()) {
            Map<String, org.bytedeco.pytorch.Tensor> variables = new LinkedHashMap<>(differentiable.parameters());
            Map<String, org.bytedeco.pytorch.Tensor> inputs =
                    differentiable.toNative(network.inputsAs(ElementType.DOUBLE));
            inputs.values().stream().filter(t -> t.is_floating_point()).forEach(t -> t.set_requires_grad(true));
            variables.putAll(inputs);
            projected(differentiable, inputs, training).backward();

            variables.forEach((name, variable) -> {
                if (!variable.is_floating_point()) {
                    return;
                }
                org.bytedeco.pytorch.Tensor gradient = variable.grad();
                assertThat(gradient.defined()).as("gradient of %s", name).isTrue();
                double[] analytic = Libtorch.toDoubles(gradient);
                double[] numeric = finiteDifferences(differentiable, inputs, variable, training);
                for (int i = 0; i < numeric.length; i++) {
                    assertThat(analytic[i]).as("%s[%d]", name, i).isCloseTo(numeric[i], within(1e-4));
                }
            });
        }
    }

    /** Up to 40 entries, in row-major order. */
    private static double[] finiteDifferences(
            DifferentiableModel model,
            Map<String, org.bytedeco.pytorch.Tensor> inputs,
            org.bytedeco.pytorch.Tensor variable,
            boolean training) {
        double step = 1e-6;
        int count = (int) Math.min(40, variable.numel());
        double[] differences = new double[count];
        try (NoGradGuard guard = new NoGradGuard()) {
            org.bytedeco.pytorch.Tensor original = variable.detach().clone();
            for (int i = 0; i < count; i++) {
                double[] values = new double[2];
                for (int side = 0; side < 2; side++) {
                    org.bytedeco.pytorch.Tensor moved = original.contiguous().clone();
                    DoubleBuffer buffer = Libtorch.bytesOf(moved).asDoubleBuffer();
                    buffer.put(i, buffer.get(i) + (side == 0 ? step : -step));
                    variable.copy_(moved);
                    values[side] = projected(model, inputs, training).item_double();
                }
                differences[i] = (values[0] - values[1]) / (2 * step);
                variable.copy_(original);
            }
        }
        return differences;
    }

    /** A number that depends on all outputs, each value with a weight of its own. */
    private static org.bytedeco.pytorch.Tensor projected(
            DifferentiableModel model, Map<String, org.bytedeco.pytorch.Tensor> inputs, boolean training) {
        org.bytedeco.pytorch.Tensor sum = null;
        for (org.bytedeco.pytorch.Tensor output : new java.util.TreeMap<>(model.run(inputs, training)).values()) {
            double[] weights = new java.util.Random(5).doubles(output.numel()).toArray();
            ByteBuffer bytes = ByteBuffer.allocate(weights.length * 8).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asDoubleBuffer().put(weights);
            org.bytedeco.pytorch.Tensor projection =
                    Libtorch.copyOf(Tensor.of(ElementType.DOUBLE, bytes, Libtorch.dims(output)));
            org.bytedeco.pytorch.Tensor part = output.mul(projection).sum();
            sum = sum == null ? part : sum.add(part);
        }
        return sum;
    }

    private static void assertClose(Tensor actual, Tensor expected) {
        assertThat(actual.type()).isEqualTo(expected.type());
        assertThat(actual.dims()).isEqualTo(expected.dims());
        float[] found = actual.floats();
        float[] wanted = expected.floats();
        for (int i = 0; i < wanted.length; i++) {
            assertThat(found[i])
                    .as("value %d", i)
                    .isCloseTo(wanted[i], within(1e-4f * Math.max(1, Math.abs(wanted[i]))));
        }
    }
}
