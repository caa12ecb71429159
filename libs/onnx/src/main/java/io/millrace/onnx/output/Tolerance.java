package io.millrace.onnx.output;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What rounding explains of a difference, relative to the largest value of an output. It is the rounding of the coarsest
 * type that the network stores or gives, or more where the network itself answers roundings with more: its noise.
 *
 * @param rounding of the network's coarsest stored type
 * @param noise of each output by name, as far as it was measured: the difference that roundings of the inputs, or another
 *     order of the same sums, make in this network; 0 for what is not there
 */
public record Tolerance(double rounding, Map<String, Double> noise) {
    /** Two roundings of one network differ from each other by more than they differ from the truth. */
    private static final double NOISE_FACTOR = 8;

    /** A network that is noisier than this proves nothing. */
    private static final double LARGEST_NOISE = 0.05;

    /** Sums of values that are rounded to integers by themselves may end on the other side of a step. */
    private static final double QUANTIZED = 1e-2;

    /** Where weights are computed anew (factors, folded scales) each is rounded once more. */
    private static final double NEW_WEIGHTS = 10;

    /**
     * Copies the noise.
     *
     * @param rounding of the coarsest stored type
     * @param noise of each output, as far as it was measured
     */
    public Tolerance {
        noise = Map.copyOf(noise);
    }

    /**
     * For a network whose sums are only taken in another order.
     *
     * @param model the model, which stays as it is
     * @return what rounding explains
     */
    public static Tolerance of(OnnxModel model) {
        boolean quantized = model.graph().nodes().stream().anyMatch(node -> node.is("QuantizeLinear"));
        double stored = Stream.concat(
                        model.graph().initializers().values().stream()
                                .map(Tensor::type)
                                .filter(ElementType::isFloatingPoint),
                        Stream.of(ElementType.DOUBLE))
                .mapToDouble(Tolerance::rounding)
                .max()
                .orElseThrow();
        return new Tolerance(quantized ? Math.max(stored, QUANTIZED) : stored, Map.of());
    }

    /**
     * For a network whose weights are computed anew as well.
     *
     * @return a wider tolerance
     */
    public Tolerance forNewWeights() {
        return new Tolerance(rounding * NEW_WEIGHTS, noise);
    }

    /**
     * With the noise of the network itself.
     *
     * @param measured noise of each output by name, relative to its largest value
     * @return a tolerance that knows it
     */
    public Tolerance with(Map<String, Double> measured) {
        return new Tolerance(rounding, measured);
    }

    /**
     * {@return the largest difference of an output that is none} Whole numbers count by the share of those that
     * differ.
     *
     * @param output name of the output
     * @param type of the elements
     */
    public double of(String output, ElementType type) {
        double explained = Math.min(LARGEST_NOISE, NOISE_FACTOR * noise.getOrDefault(output, 0.0));
        return type.isFloatingPoint() ? Math.max(Math.max(rounding, rounding(type)), explained) : explained;
    }

    private static double rounding(ElementType type) {
        return switch (type) {
            case DOUBLE -> 1e-10;
            case FLOAT16 -> 1e-2;
            case BFLOAT16 -> 5e-2;
            default -> 1e-5;
        };
    }
}
