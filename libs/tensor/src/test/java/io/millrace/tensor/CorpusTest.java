package io.millrace.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole networks of many families, by several exporters. */
class CorpusTest {
    /** Operators of the corpus that have no gradient worth having, or no mapping yet. */
    private static final Set<String> KNOWN_UNSUPPORTED = Set.of(
            "GRU",
            "LSTM",
            "If",
            "Loop",
            "Scan",
            "GatherND",
            "FusedConv",
            "QuickGelu",
            "ScaledRelu",
            "weights of type FLOAT16",
            "QuantizeLinear",
            "DequantizeLinear");

    static Stream<String> networks() throws IOException {
        Path folder = Path.of(CorpusTest.class.getResource("/corpus").getPath());
        try (Stream<Path> files = Files.list(folder)) {
            return files
                    .map(f -> f.getFileName().toString())
                    .filter(n -> n.endsWith(".onnx"))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void forwardEqualsOnnxRuntimeAndAStepTrains(String name) throws Exception {
        OnnxModel model = OnnxModel.read(
                Path.of(CorpusTest.class.getResource("/corpus/" + name).getPath()));
        List<String> unsupported = DifferentiableModel.unsupported(model);
        if (!unsupported.isEmpty()) {
            assertThat(KNOWN_UNSUPPORTED).containsAll(unsupported);
            return;
        }
        Map<String, Tensor> inputs = inputs(model);
        Map<String, Tensor> expected = OnnxRuntime.run(model, inputs);
        try (DifferentiableModel differentiable = DifferentiableModel.of(model, TrainingOptions.withThreads(1))) {
            assertEqual(differentiable.forward(inputs), expected);

            if (!differentiable.parameters().isEmpty()) {
                trainOneStep(differentiable, inputs);
                assertEqual(differentiable.forward(inputs), OnnxRuntime.run(differentiable.toModel(), inputs));
            }
        }
    }

    private static void trainOneStep(DifferentiableModel model, Map<String, Tensor> inputs) {
        Tensor teacher = model.forward(inputs).values().iterator().next();
        float[] other = teacher.floats();
        for (int i = 0; i < other.length; i++) {
            other[i] = 0.9f * other[i] + 0.01f * (i % 7);
        }
        Loss loss = new Loss(0, 1, 1);
        try (Trainer trainer = new Trainer(model, new OptimizerSettings.Sgd(0, false, 0), loss, 1)) {
            Trainer.Step step = trainer.step(inputs, null, Tensor.ofFloats(other, teacher.dims()), 1e-4);
            assertThat(step.loss()).isFinite();
        }
    }

    private static Map<String, Tensor> inputs(OnnxModel model) {
        Random random = new Random(3);
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (ValueInfoProto input : model.graph().inputs()) {
            var type = input.getType().getTensorType();
            long[] dims = type.getShape().getDimList().stream()
                    .mapToLong(d -> d.getValueCase() == Dimension.ValueCase.DIM_VALUE ? d.getDimValue() : 2)
                    .toArray();
            int count = 1;
            for (long dim : dims) {
                count *= (int) dim;
            }
            float[] values = new float[count];
            long[] indices = new long[count];
            for (int i = 0; i < count; i++) {
                values[i] = (float) random.nextGaussian();
                indices[i] = random.nextInt(5);
            }
            ElementType element = ElementType.of(type.getElemType());
            inputs.put(
                    input.getName(),
                    element.isFloatingPoint()
                            ? Tensor.ofFloats(values, dims).as(element)
                            : Tensor.ofLongs(indices, dims).as(element));
        }
        return inputs;
    }

    private static void assertEqual(Map<String, Tensor> actual, Map<String, Tensor> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, tensor) -> {
            assertThat(actual.get(name).dims()).as(name).isEqualTo(tensor.dims());
            float[] found = actual.get(name).floats();
            float[] wanted = tensor.floats();
            double largest = 1e-3;
            double difference = 0;
            for (int i = 0; i < wanted.length; i++) {
                largest = Math.max(largest, Math.abs(wanted[i]));
                difference = Math.max(difference, Math.abs(found[i] - wanted[i]));
            }
            assertThat(difference / largest)
                    .as("relative difference of %s", name)
                    .isLessThan(1e-4);
        });
    }
}
