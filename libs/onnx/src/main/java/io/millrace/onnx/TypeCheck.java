package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.schema.Schema;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Whether operators are given element types that they take; the types of values follow from the schemas. */
final class TypeCheck {
    private final TypeCheck outer;
    private final Map<String, String> types = new HashMap<>();

    TypeCheck(TypeCheck outer) {
        this.outer = outer;
    }

    void declare(ValueInfoProto value) {
        TypeProto type = value.getType();
        if (type.hasTensorType()) {
            know(value.getName(), type.getTensorType().getElemType());
        }
    }

    void know(String value, int elementType) {
        types.put(value, ElementType.of(elementType).name().toLowerCase(Locale.ROOT));
    }

    private String of(String value) {
        String own = types.get(value);
        return own == null && outer != null ? outer.of(value) : own;
    }

    /** Checks a node's inputs, and tells what is known of its outputs. */
    void node(Node node, Schema schema) {
        Map<String, String> bound = new HashMap<>();
        for (int i = 0; i < node.inputs().size(); i++) {
            Schema.Formal formal = schema.input(i);
            String type = of(node.input(i));
            if (formal == null || type == null) {
                continue;
            }
            Set<String> allowed = schema.typeParameters().getOrDefault(formal.type(), Set.of(formal.type()));
            if (!allowed.contains(type)) {
                throw NodeCheck.broken(
                        node,
                        "its input " + i + " ('" + node.input(i) + "') is of type " + type + ", which " + node.op()
                                + " does not take here");
            }
            String other = formal.mixed() ? type : bound.putIfAbsent(formal.type(), type);
            if (other != null && !other.equals(type)) {
                throw NodeCheck.broken(
                        node,
                        "its input " + i + " ('" + node.input(i) + "') is of type " + type
                                + ", but another input that must be of the same type is of type " + other);
            }
        }
        for (int i = 0; i < node.outputs().size(); i++) {
            Schema.Formal formal = schema.output(i);
            String type = formal == null || formal.mixed()
                    ? null
                    : schema.typeParameters().containsKey(formal.type()) ? bound.get(formal.type()) : formal.type();
            if (type != null && !node.output(i).isEmpty()) {
                types.put(node.output(i), type);
            }
        }
        if (node.is("Cast")) {
            cast(node);
        }
    }

    private void cast(Node node) {
        try {
            know(node.output(0), (int) node.intAttribute("to", 0));
        } catch (InvalidModelException e) {
            throw NodeCheck.broken(node, e.getMessage());
        }
    }
}
