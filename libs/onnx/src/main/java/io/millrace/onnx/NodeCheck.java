package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import io.millrace.onnx.schema.Schema;
import io.millrace.onnx.schema.Schemas;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Whether a node is one of its operator: that there is such an operator, with these inputs, outputs and attributes. */
final class NodeCheck {
    /** Operators that ONNX Runtime still has for models of opsets below 10, though ONNX never released them. */
    private static final Set<String> EXPERIMENTAL = Set.of(
            "Affine",
            "Crop",
            "DynamicSlice",
            "GivenTensorFill",
            "GRUUnit",
            "ImageScaler",
            "ParametricSoftplus",
            "Scale",
            "ScaledTanh");

    private static final long EXPERIMENTAL_UNTIL = 9;

    private NodeCheck() {}

    /**
     * The node's operator; empty if it is of a domain that is not known here.
     *
     * @throws InvalidModelException if the node is none of its operator
     */
    static Optional<Schema> check(Node node, Map<String, Long> opsets) {
        long opset = opsets.getOrDefault(node.domain(), 0L);
        boolean experimental = node.is(EXPERIMENTAL.toArray(String[]::new)) && opset <= EXPERIMENTAL_UNTIL;
        if (!Schemas.cover(node.domain()) || experimental) {
            return Optional.empty();
        }
        Schema schema = Schemas.of(node.domain(), node.op(), opset).orElseThrow(() -> missing(node, opset));
        if (node.domain().isEmpty() && !Schemas.isUnderstood(node.op(), opset)) {
            throw broken(
                    node,
                    "opset " + opset + " has another " + node.op() + " than opset " + Schemas.OLDEST_FORMS
                            + ", with which the known forms begin: convert the model with onnx.version_converter");
        }
        count(node, schema.inputs(), node.inputs().size(), "inputs");
        count(node, schema.outputs(), node.outputs().size(), "outputs");
        for (int i = 0; i < node.inputs().size(); i++) {
            Schema.Formal formal = schema.input(i);
            if (node.input(i).isEmpty() && formal != null && !formal.optional() && !formal.variadic()) {
                throw broken(node, "its input " + i + " is left out, which is required");
            }
        }
        attributes(node, schema);
        return Optional.of(schema);
    }

    private static InvalidModelException missing(Node node, long opset) {
        var versions = Schemas.versions(node.domain(), node.op());
        String where = node.domain().isEmpty() ? "" : " of domain " + node.domain();
        if (versions.isEmpty()) {
            return broken(node, "ONNX has no operator " + node.op() + where);
        }
        return broken(
                node,
                versions.firstKey() > opset
                        ? node.op() + " came with opset " + versions.firstKey() + "; the model is of opset " + opset
                        : node.op() + " is gone since opset " + versions.lastKey() + "; the model is of opset "
                                + opset);
    }

    private static void count(Node node, Schema.Count allowed, int found, String what) {
        if (!allowed.holds(found)) {
            throw broken(node, "it has " + found + " " + what + "; " + node.op() + " has " + allowed);
        }
    }

    private static void attributes(Node node, Schema schema) {
        for (AttributeProto attribute : node.proto().getAttributeList()) {
            Schema.Attribute declared = schema.attributes().get(attribute.getName());
            if (declared == null) {
                throw broken(node, node.op() + " has no attribute '" + attribute.getName() + "'");
            }
            if (attribute.getType() != declared.type()) {
                throw broken(
                        node,
                        "its attribute '" + attribute.getName() + "' is of type " + written(attribute.getType())
                                + ", not " + declared.type());
            }
        }
        schema.attributes().forEach((name, declared) -> {
            if (declared.required() && node.attribute(name).isEmpty()) {
                throw broken(node, "its attribute '" + name + "' is missing, which is required");
            }
        });
    }

    private static String written(AttributeType type) {
        return type == AttributeType.UNDEFINED ? "none" : type.name();
    }

    static InvalidModelException broken(Node node, String reason) {
        return new InvalidModelException("node '" + node.label() + "' (" + node.op() + "): " + reason);
    }
}
