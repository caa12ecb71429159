package io.millrace.tensor.operator;

import io.millrace.onnx.Node;
import io.millrace.tensor.UnsupportedOperatorException;
import io.millrace.tensor.operator.NativeOperation.Mapping;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The table of all operators of the standard domain that have a mapping. */
public final class Mappings {
    private static final Map<String, Mapping> TABLE = new HashMap<>();

    static {
        Elementwise.addTo(TABLE);
        ActivationFunctions.addTo(TABLE);
        Convolutions.addTo(TABLE);
        Products.addTo(TABLE);
        Normalizations.addTo(TABLE);
        Pools.addTo(TABLE);
        Reductions.addTo(TABLE);
        Shaping.addTo(TABLE);
        Selections.addTo(TABLE);
        Resizing.addTo(TABLE);
    }

    private Mappings() {}

    /** Names of the operators that have a mapping. */
    public static Set<String> names() {
        return new TreeSet<>(TABLE.keySet());
    }

    /**
     * Makes a node ready to run.
     *
     * @throws UnsupportedOperatorException if its operator, or this form of it, has no mapping
     */
    public static NativeOperation prepare(NodeSpec spec) {
        Node node = spec.node();
        Mapping mapping = node.domain().isEmpty() ? TABLE.get(node.op()) : null;
        if (mapping == null) {
            throw new UnsupportedOperatorException(node.op());
        }
        return mapping.prepare(spec);
    }
}
