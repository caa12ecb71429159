package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import java.util.HashMap;
import java.util.Map;

/** The operators that are known, by domain and name. */
public final class Operators {
    /** ONNX Runtime's own operators. */
    public static final String MICROSOFT = "com.microsoft";

    private static final Operator UNKNOWN = new Operator("");
    private static final Map<String, Operator> STANDARD = new HashMap<>();
    private static final Map<String, Operator> RUNTIME = new HashMap<>();

    static {
        Convolution.declare();
        Pooling.declare();
        MatrixProduct.declare();
        EinsumProduct.declare();
        AttentionProduct.declare();
        Recurrent.declare();
        Normalization.declare();
        Activation.declare();
        NumberFunction.declare();
        Arithmetic.declare();
        Comparison.declare();
        Conversion.declare();
        Quantization.declare();
        Reduction.declare();
        Softmax.declare();
        Reshape.declare();
        Squeeze.declare();
        Transpose.declare();
        Concat.declare();
        Split.declare();
        SequenceSplit.declare();
        Slice.declare();
        Gather.declare();
        Selection.declare();
        Pad.declare();
        Expand.declare();
        DepthToSpace.declare();
        Resize.declare();
        Sampling.declare();
        Generator.declare();
        ControlFlow.declare();
        STANDARD.forEach((name, operator) -> RUNTIME.computeIfAbsent(name, n -> operator.lent()));
    }

    private Operators() {}

    /** What is known of a node's operator. An operator that nobody declared is known by nothing. */
    public static Operator of(Node node) {
        return switch (node.domain()) {
            case "" -> STANDARD.getOrDefault(node.op(), UNKNOWN);
            case MICROSOFT -> RUNTIME.getOrDefault(node.op(), UNKNOWN);
            default -> UNKNOWN;
        };
    }

    /** Whether anything is known of a node's operator. */
    public static boolean know(Node node) {
        return of(node) != UNKNOWN;
    }

    /** Declares an operator of the standard domain. */
    static Operator standard(String name) {
        return STANDARD.computeIfAbsent(name, Operator::new);
    }

    /** Declares an operator of ONNX Runtime's domain. */
    static Operator runtime(String name) {
        return RUNTIME.computeIfAbsent(name, Operator::new);
    }
}
