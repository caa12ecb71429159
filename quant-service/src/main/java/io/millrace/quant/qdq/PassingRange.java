package io.millrace.quant.qdq;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.operator.Interval;
import io.millrace.onnx.operator.Operators;
import io.millrace.quant.calibration.Range;
import java.util.Optional;

/** What an activation that only cuts off lets pass. */
public final class PassingRange {
    private PassingRange() {}

    /** Empty for operators that do more, and where the bounds are computed or leave zero out. */
    public static Optional<Range> of(Graph graph, Node activation) {
        return Operators.of(activation)
                .quantization()
                .bounds(graph, activation)
                .filter(Interval::hasZero)
                .map(bounds -> new Range(bounds.low(), bounds.high()));
    }
}
