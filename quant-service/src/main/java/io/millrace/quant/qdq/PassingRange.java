package io.millrace.quant.qdq;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.quant.calibration.Range;
import java.util.Optional;

/** What an activation that only cuts off lets pass. */
public final class PassingRange {
    private PassingRange() {}

    /** Of a Relu or Clip; empty for other operators, and where the bounds are computed or leave zero out. */
    public static Optional<Range> of(Graph graph, Node activation) {
        if (activation.is("Relu")) {
            return Optional.of(new Range(0, Double.POSITIVE_INFINITY));
        }
        if (!activation.is("Clip")) {
            return Optional.empty();
        }
        Optional<Double> low = bound(graph, activation, 1, "min", Double.NEGATIVE_INFINITY);
        Optional<Double> high = bound(graph, activation, 2, "max", Double.POSITIVE_INFINITY);
        return low.isPresent() && high.isPresent() && low.get() <= 0 && high.get() >= 0
                ? Optional.of(new Range(low.get(), high.get()))
                : Optional.empty();
    }

    private static Optional<Double> bound(Graph graph, Node clip, int input, String attribute, double none) {
        if (!clip.input(input).isEmpty()) {
            return graph.constant(clip.input(input)).map(Tensor::floats).map(v -> (double) v[0]);
        }
        return Optional.of(clip.attribute(attribute).map(a -> (double) a.getF()).orElse(none));
    }
}
