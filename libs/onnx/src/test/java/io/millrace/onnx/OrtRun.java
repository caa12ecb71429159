package io.millrace.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import io.millrace.onnx.output.OutputDifference;
import io.millrace.onnx.output.Tolerance;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Runs models through ONNX Runtime for tests. */
public final class OrtRun {
    private static final OrtEnvironment ENVIRONMENT = OrtEnvironment.getEnvironment();

    private static final double PROVES_NOTHING = 0.05;

    private OrtRun() {}

    /** All outputs that are float tensors. */
    public static Map<String, float[]> run(OnnxModel model, Map<String, Tensor> inputs) {
        return run(model, inputs, OptLevel.BASIC_OPT);
    }

    private static Map<String, float[]> run(OnnxModel model, Map<String, Tensor> inputs, OptLevel level) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setOptimizationLevel(level);
            options.setSessionLogLevel(ai.onnxruntime.OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
            try (OrtSession session = ENVIRONMENT.createSession(model.toBytes(), options)) {
                Map<String, OnnxTensor> fed = new HashMap<>();
                for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
                    fed.put(input.getKey(), tensor(input.getValue()));
                }
                Map<String, float[]> outputs = new LinkedHashMap<>();
                try (OrtSession.Result result = session.run(fed)) {
                    for (Map.Entry<String, OnnxValue> output : result) {
                        if (output.getValue() instanceof OnnxTensor made && made.getFloatBuffer() != null) {
                            float[] values = new float[made.getFloatBuffer().remaining()];
                            made.getFloatBuffer().get(values);
                            outputs.put(output.getKey(), values);
                        }
                    }
                }
                fed.values().forEach(OnnxTensor::close);
                return outputs;
            }
        } catch (OrtException e) {
            throw new AssertionError("ONNX Runtime: " + e.getMessage(), e);
        }
    }

    /** Random values for all inputs of a model; symbols are this size. */
    public static Map<String, Tensor> randomInputs(OnnxModel model, long seed, long symbolic) {
        Random random = new Random(seed);
        Shapes shapes = Shapes.infer(model);
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        model.graph().inputs().forEach(input -> {
            Shape shape = shapes.of(input.getName()).orElseThrow();
            List<Dim> open = shape.dims();
            long[] dims = new long[open.size()];
            for (int axis = 0; axis < dims.length; axis++) {
                // Open heights and widths: large enough for strides.
                long size = axis < 2 ? symbolic : Math.max(32, symbolic);
                dims[axis] = open.get(axis).known() ? open.get(axis).value() : size;
            }
            int n = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
            float[] values = new float[n];
            for (int i = 0; i < n; i++) {
                values[i] = shape.type().isFloatingPoint() ? (float) random.nextGaussian() : random.nextInt(3);
            }
            inputs.put(input.getName(), Tensor.ofFloats(values, dims).as(shape.type()));
        });
        return inputs;
    }

    /** Largest difference over all outputs, as {@link OutputDifference} has it. */
    public static double difference(Map<String, float[]> expected, Map<String, float[]> actual) {
        return OutputDifference.between(tensors(expected), tensors(actual)).largest();
    }

    /**
     * Whether a network gives other outputs than it must, by more than rounding explains: the first output that does. The
     * noise of the network itself is measured only where the tolerance does not explain a difference; an output that
     * roundings alone turn around (a Hardmax of equal numbers) proves nothing.
     *
     * @param wanted what must be given
     * @param given the network in question
     * @param tolerance largest relative difference that needs no explanation
     */
    public static Optional<OutputDifference.Entry> flaw(
            OnnxModel wanted, OnnxModel given, Map<String, Tensor> inputs, double tolerance) {
        Map<String, Tensor> expected = tensors(run(wanted, inputs));
        OutputDifference difference = OutputDifference.between(expected, tensors(run(given, inputs)));
        Tolerance plain = new Tolerance(tolerance, Map.of());
        if (difference.beyond(plain).isEmpty()) {
            return Optional.empty();
        }
        Map<String, Double> noise = noise(wanted, inputs, expected);
        Tolerance explained = plain.with(noise);
        return difference.entries().stream()
                .filter(entry -> noise.getOrDefault(entry.output(), 0.0) < PROVES_NOTHING)
                .filter(entry -> !(entry.relative() <= explained.of(entry.output(), entry.type())))
                .findFirst();
    }

    /** What roundings of the inputs, and another order of the same sums, make of each output. */
    private static Map<String, Double> noise(
            OnnxModel model, Map<String, Tensor> inputs, Map<String, Tensor> expected) {
        Map<String, Double> noise = new HashMap<>();
        List<Map<String, float[]>> moved = List.of(
                run(model, nudged(inputs, 1)),
                run(model, nudged(inputs, 2)),
                run(model, inputs, OptLevel.NO_OPT),
                run(model, inputs, OptLevel.ALL_OPT));
        for (Map<String, float[]> outputs : moved) {
            OutputDifference.between(expected, tensors(outputs))
                    .byOutput()
                    .forEach((output, difference) -> noise.merge(output, difference, Math::max));
        }
        return noise;
    }

    private static Map<String, Tensor> nudged(Map<String, Tensor> inputs, long seed) {
        Random random = new Random(seed);
        Map<String, Tensor> nudged = new LinkedHashMap<>(inputs);
        nudged.replaceAll((name, value) -> {
            if (!value.type().isFloatingPoint()) {
                return value;
            }
            float[] values = value.floats();
            for (int i = 0; i < values.length; i++) {
                values[i] *= 1 + (float) (1e-6 * random.nextGaussian());
            }
            return Tensor.ofFloats(values, value.dims()).as(value.type());
        });
        return nudged;
    }

    private static Map<String, Tensor> tensors(Map<String, float[]> values) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        values.forEach((name, array) -> tensors.put(name, Tensor.ofFloats(array, array.length)));
        return tensors;
    }

    private static OnnxTensor tensor(Tensor tensor) throws OrtException {
        ByteBuffer data = ByteBuffer.allocateDirect(tensor.bytes().remaining()).order(ByteOrder.nativeOrder());
        data.put(tensor.bytes()).flip();
        return switch (tensor.type()) {
            case FLOAT -> OnnxTensor.createTensor(ENVIRONMENT, data.asFloatBuffer(), tensor.dims());
            case INT64 -> OnnxTensor.createTensor(ENVIRONMENT, data.asLongBuffer(), tensor.dims());
            case INT32 -> OnnxTensor.createTensor(ENVIRONMENT, data.asIntBuffer(), tensor.dims());
            case FLOAT16 ->
                OnnxTensor.createTensor(ENVIRONMENT, data, tensor.dims(), ai.onnxruntime.OnnxJavaType.FLOAT16);
            case DOUBLE -> OnnxTensor.createTensor(ENVIRONMENT, data.asDoubleBuffer(), tensor.dims());
            case BOOL -> OnnxTensor.createTensor(ENVIRONMENT, data, tensor.dims(), ai.onnxruntime.OnnxJavaType.BOOL);
            default -> throw new AssertionError("no input of type " + tensor.type());
        };
    }
}
