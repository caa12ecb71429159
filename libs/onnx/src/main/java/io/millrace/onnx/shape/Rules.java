package io.millrace.onnx.shape;

import io.millrace.onnx.Node;
import java.util.HashMap;
import java.util.Map;

/** The rule of every known operator. */
final class Rules {
    private static final Map<String, Rule> STANDARD = new HashMap<>();

    private Rules() {}

    static {
        WindowRules.register(STANDARD);
    }

    static Rule of(Node node) {
        return node.domain().isEmpty() ? STANDARD.get(node.op()) : null;
    }
}
