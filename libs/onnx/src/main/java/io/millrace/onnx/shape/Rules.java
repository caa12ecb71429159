package io.millrace.onnx.shape;

import io.millrace.onnx.Node;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The rule of every known operator, by name. To teach an operator, add it to its family, or a new family here. */
final class Rules {
    private static final Set<String> DOMAINS = Set.of("", "com.microsoft");
    private static final Map<String, Rule> BY_OPERATOR = new HashMap<>();

    static {
        ElementwiseRules.register(BY_OPERATOR);
        WindowRules.register(BY_OPERATOR);
        MatrixRules.register(BY_OPERATOR);
        LayoutRules.register(BY_OPERATOR);
        SelectionRules.register(BY_OPERATOR);
        BY_OPERATOR.put("Slice", new SliceRule());
        ControlRules.register(BY_OPERATOR);
        SequenceRules.register(BY_OPERATOR);
        ReduceRules.register(BY_OPERATOR);
        ResizeRules.register(BY_OPERATOR);
        GeneratorRules.register(BY_OPERATOR);
        LayerRules.register(BY_OPERATOR);
    }

    private Rules() {}

    /** The rule of a node's operator, {@code null} if it is not known. ONNX Runtime's own domain uses the same names. */
    static Rule of(Node node) {
        return DOMAINS.contains(node.domain()) ? BY_OPERATOR.get(node.op()) : null;
    }
}
