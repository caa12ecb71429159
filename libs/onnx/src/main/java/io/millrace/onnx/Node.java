package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One operator of a graph. Immutable: the {@code with...} methods give a changed copy, and everything that is not
 * changed, unknown fields included, stays byte for byte. Two nodes are the same only if they are the same object.
 */
public final class Node {
    private final NodeProto proto;
    private Set<String> captured;
    private Set<String> reads;

    private Node(NodeProto proto) {
        this.proto = proto;
    }

    public static Node of(NodeProto proto) {
        return new Node(proto);
    }

    /** A new node of the standard domain. An empty string stands for an optional input that is not given. */
    public static Node of(String op, String name, List<String> inputs, List<String> outputs) {
        return new Node(NodeProto.newBuilder()
                .setOpType(op)
                .setName(name)
                .addAllInput(inputs)
                .addAllOutput(outputs)
                .build());
    }

    /** The operator: {@code Conv}. Qualify with {@link #domain()} before trusting it; see {@link #is}. */
    public String op() {
        return proto.getOpType();
    }

    /** The operator's domain; empty for the standard one. */
    public String domain() {
        return proto.getDomain().equals("ai.onnx") ? "" : proto.getDomain();
    }

    /** Whether this is one of the given operators of the standard domain. */
    public boolean is(String... ops) {
        if (!domain().isEmpty()) {
            return false;
        }
        for (String op : ops) {
            if (op.equals(proto.getOpType())) {
                return true;
            }
        }
        return false;
    }

    /** The name in the file; may be empty. */
    public String name() {
        return proto.getName();
    }

    /** A name to show to people, never empty: the node's own, or operator and first output. */
    public String label() {
        return name().isEmpty()
                ? op() + " -> " + (outputs().isEmpty() ? "nothing" : outputs().get(0))
                : name();
    }

    public List<String> inputs() {
        return proto.getInputList();
    }

    /** The i-th input, or an empty string where it is not given. */
    public String input(int i) {
        return i < proto.getInputCount() ? proto.getInput(i) : "";
    }

    public List<String> outputs() {
        return proto.getOutputList();
    }

    /** The i-th output, or an empty string where it is not given. */
    public String output(int i) {
        return i < proto.getOutputCount() ? proto.getOutput(i) : "";
    }

    public Optional<AttributeProto> attribute(String name) {
        return proto.getAttributeList().stream()
                .filter(a -> a.getName().equals(name))
                .findFirst();
    }

    public long intAttribute(String name, long otherwise) {
        return attribute(name).map(AttributeProto::getI).orElse(otherwise);
    }

    public float floatAttribute(String name, float otherwise) {
        return attribute(name).map(AttributeProto::getF).orElse(otherwise);
    }

    public String stringAttribute(String name, String otherwise) {
        return attribute(name).map(a -> a.getS().toStringUtf8()).orElse(otherwise);
    }

    /** A list of integers, or {@code otherwise} (may be {@code null}) where there is none. */
    public long[] intsAttribute(String name, long... otherwise) {
        return attribute(name)
                .map(a -> a.getIntsList().stream().mapToLong(Long::longValue).toArray())
                .orElse(otherwise);
    }

    public Optional<TensorProto> tensorAttribute(String name) {
        return attribute(name).filter(AttributeProto::hasT).map(AttributeProto::getT);
    }

    /** What a Constant node makes, if it is a tensor of numbers; empty for other nodes. */
    public Optional<Tensor> constant() {
        return Constants.valueOf(this);
    }

    /** The graphs inside this node's attributes: branches of If, bodies of Loop and Scan. */
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

    /** Every value the node reads, those that its sub-graphs take from outside included. */
    public Set<String> reads() {
        if (reads == null) {
            Set<String> names = new LinkedHashSet<>(proto.getInputList());
            names.remove("");
            names.addAll(captured());
            reads = Collections.unmodifiableSet(names);
        }
        return reads;
    }

    /** The values that the node's sub-graphs take from outside. */
    public Set<String> captured() {
        if (captured == null) {
            captured = Captures.of(proto);
        }
        return captured;
    }

    public NodeProto proto() {
        return proto;
    }

    public Node withName(String name) {
        return new Node(proto.toBuilder().setName(name).build());
    }

    public Node withOp(String op) {
        return new Node(proto.toBuilder().setOpType(op).build());
    }

    public Node withInputs(List<String> inputs) {
        return new Node(proto.toBuilder().clearInput().addAllInput(inputs).build());
    }

    /** Reads another value at position {@code i}; the list grows by empty names where needed. */
    public Node withInput(int i, String value) {
        List<String> inputs = new ArrayList<>(inputs());
        while (inputs.size() <= i) {
            inputs.add("");
        }
        inputs.set(i, value);
        return withInputs(inputs);
    }

    /** Reads {@code other} wherever it reads {@code value}; its sub-graphs stay. */
    public Node reading(String value, String other) {
        return withInputs(inputs().stream()
                .map(input -> input.equals(value) ? other : input)
                .toList());
    }

    public Node withOutputs(List<String> outputs) {
        return new Node(proto.toBuilder().clearOutput().addAllOutput(outputs).build());
    }

    public Node with(String attribute, long value) {
        return with(AttributeProto.newBuilder()
                .setName(attribute)
                .setType(AttributeProto.AttributeType.INT)
                .setI(value)
                .build());
    }

    public Node with(String attribute, float value) {
        return with(AttributeProto.newBuilder()
                .setName(attribute)
                .setType(AttributeProto.AttributeType.FLOAT)
                .setF(value)
                .build());
    }

    public Node with(String attribute, String value) {
        return with(AttributeProto.newBuilder()
                .setName(attribute)
                .setType(AttributeProto.AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build());
    }

    public Node with(String attribute, long[] values) {
        AttributeProto.Builder built =
                AttributeProto.newBuilder().setName(attribute).setType(AttributeProto.AttributeType.INTS);
        for (long value : values) {
            built.addInts(value);
        }
        return with(built.build());
    }

    /** Sets an attribute in the place of the one of the same name, or adds it. */
    public Node with(AttributeProto attribute) {
        NodeProto.Builder built = proto.toBuilder();
        for (int i = 0; i < built.getAttributeCount(); i++) {
            if (built.getAttribute(i).getName().equals(attribute.getName())) {
                return new Node(built.setAttribute(i, attribute).build());
            }
        }
        return new Node(built.addAttribute(attribute).build());
    }

    public Node without(String attribute) {
        NodeProto.Builder built = proto.toBuilder();
        for (int i = built.getAttributeCount() - 1; i >= 0; i--) {
            if (built.getAttribute(i).getName().equals(attribute)) {
                built.removeAttribute(i);
            }
        }
        return new Node(built.build());
    }

    @Override
    public String toString() {
        return label() + " (" + op() + ")";
    }
}
