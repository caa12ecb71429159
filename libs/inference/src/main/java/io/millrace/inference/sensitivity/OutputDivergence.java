package io.millrace.inference.sensitivity;

import io.millrace.data.InvalidDataException;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.ModelOutput;
import io.millrace.onnx.output.OutputKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How far the outputs of a changed network are from those of the network itself, summed over batches; needs no labels.
 * Each output is compared in the way of its kind; the loss of a network is the sum over its outputs, its agreement that of
 * the output which agrees least.
 */
public final class OutputDivergence {
    private final Map<ModelOutput, OutputComparison> comparisons = new LinkedHashMap<>();
    private final List<ModelOutput> compared = new ArrayList<>();
    private boolean any;

    /**
     * @param outputs what the network's outputs hold
     * @throws InvalidDataException if none of them can be compared
     */
    public OutputDivergence(List<ModelOutput> outputs) {
        comparable(outputs).forEach(output -> comparisons.put(output, OutputComparison.of(output)));
        if (comparisons.isEmpty()) {
            throw new InvalidDataException(
                    "no output can be compared with the original's: %s are what a detector finds,"
                                    .formatted(outputs.stream()
                                            .map(ModelOutput::name)
                                            .toList())
                            + " which has another number of rows for each network; give a model that ends before its"
                            + " NonMaxSuppression, or declare them as values in outputs if their number is fixed");
        }
    }

    /** Those that can be compared number by number: all but what a detector finds. */
    public static List<ModelOutput> comparable(List<ModelOutput> outputs) {
        return outputs.stream()
                .filter(output -> output.kind() != OutputKind.BOXES)
                .toList();
    }

    /** Takes in one batch whose samples all count. */
    public void add(Map<String, Tensor> reference, Map<String, Tensor> changed) {
        add(reference, changed, Integer.MAX_VALUE);
    }

    /**
     * Takes in one batch. An output that {@code changed} lacks is unchanged: the part of the network that was run does
     * not make it.
     *
     * @param rows samples that count; those behind only fill the batch up
     * @throws IllegalArgumentException if an output has another shape after the change
     */
    public void add(Map<String, Tensor> reference, Map<String, Tensor> changed, int rows) {
        comparisons.forEach((output, comparison) -> {
            Tensor expected = reference.get(output.name());
            Tensor actual = changed.get(output.name());
            if (expected == null || actual == null) {
                return;
            }
            if (!Arrays.equals(expected.dims(), actual.dims())) {
                throw new IllegalArgumentException(
                        "output %s is %s after the change, not %s".formatted(output.name(), actual, expected));
            }
            int samples = expected.rank() == 0 ? 1 : (int) Math.min(rows, expected.dim(0));
            if (expected.count() > 0) {
                comparison.add(expected, actual, samples);
                if (!compared.contains(output)) {
                    compared.add(output);
                }
            }
        });
        any = true;
    }

    /** Whether any output had numbers to compare; otherwise there is no loss and no agreement to speak of. */
    public boolean measured() {
        return !compared.isEmpty();
    }

    /** The sum over the outputs; 0 for an unchanged network, infinite where it gives no numbers. */
    public double loss() {
        check();
        return compared.stream()
                .mapToDouble(output -> comparisons.get(output).loss())
                .sum();
    }

    /** The least over the outputs; 1 for an unchanged network. */
    public double agreement() {
        check();
        return compared.stream()
                .mapToDouble(output -> comparisons.get(output).agreement())
                .min()
                .orElse(1);
    }

    /** A measure over nothing would say that nothing has changed. */
    private void check() {
        if (!any) {
            throw new IllegalStateException("no sample was compared");
        }
    }
}
