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
        MatrixProduct.declare();
        Recurrent.declare();
        AttentionProduct.declare();
        Presentation.declare();
        Quantization.declare();
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
