package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The attributes of a node, as its operator reads them. */
abstract class Attributes {
    final NodeProto proto;

    Attributes(NodeProto proto) {
        this.proto = proto;
    }

    /**
     * {@return an attribute; empty if the node does not have it}
     *
     * @param name of the attribute
     */
    public Optional<AttributeProto> attribute(String name) {
        return proto.getAttributeList().stream()
                .filter(a -> a.getName().equals(name))
                .findFirst();
    }

    /**
     * {@return an attribute of type INT}
     *
     * @param name of the attribute
     * @param otherwise where the node does not have it
     */
    public long intAttribute(String name, long otherwise) {
        return attribute(name).map(AttributeProto::getI).orElse(otherwise);
    }

    /**
     * {@return an attribute of type FLOAT}
     *
     * @param name of the attribute
     * @param otherwise where the node does not have it
     */
    public float floatAttribute(String name, float otherwise) {
        return attribute(name).map(AttributeProto::getF).orElse(otherwise);
    }

    /**
     * {@return an attribute of type STRING}
     *
     * @param name of the attribute
     * @param otherwise where the node does not have it
     */
    public String stringAttribute(String name, String otherwise) {
        return attribute(name).map(a -> a.getS().toStringUtf8()).orElse(otherwise);
    }

    /**
     * {@return a list of integers, or {@code otherwise} (may be {@code null}) where there is none}
     *
     * @param name of the attribute
     * @param otherwise where the node does not have it
     */
    public long[] intsAttribute(String name, long... otherwise) {
        return attribute(name)
                .map(a -> a.getIntsList().stream().mapToLong(Long::longValue).toArray())
                .orElse(otherwise);
    }

    /**
     * {@return an attribute of type TENSOR; empty if the node does not have it}
     *
     * @param name of the attribute
     */
    public Optional<TensorProto> tensorAttribute(String name) {
        return attribute(name).filter(AttributeProto::hasT).map(AttributeProto::getT);
    }

    /** {@return the graphs inside this node's attributes: branches of If, bodies of Loop and Scan} */
    public List<GraphProto> subgraphs() {
        List<GraphProto> graphs = new ArrayList<>();
        for (AttributeProto attribute : proto.getAttributeList()) {
            if (attribute.hasG()) {
                graphs.add(attribute.getG());
            }
            graphs.addAll(attribute.getGraphsList());
        }
        return graphs;
    }

    static AttributeProto.Builder named(String name, AttributeType type) {
        return AttributeProto.newBuilder().setName(name).setType(type);
    }
}
