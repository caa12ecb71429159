package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.NodeProto;
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
public final class Node extends Attributes {
    private Set<String> captured;
    private Set<String> reads;

    private Node(NodeProto proto) {
        super(proto);
    }

    /**
     * {@return the node of a message, which is not copied}
     *
     * @param proto the message
     */
    public static Node of(NodeProto proto) {
        return new Node(proto);
    }

    /**
     * {@return a new node of the standard domain} An empty string stands for an optional input that is not given.
     *
     * @param op of the standard domain
     * @param name empty if it has none
     * @param inputs names of the values it reads, empty where an optional one is left out
     * @param outputs names of the values it makes
     */
    public static Node of(String op, String name, List<String> inputs, List<String> outputs) {
        return new Node(NodeProto.newBuilder()
                .setOpType(op)
                .setName(name)
                .addAllInput(inputs)
                .addAllOutput(outputs)
                .build());
    }

    /** {@return the operator: {@code Conv}} Qualify with {@link #domain()} before trusting it; see {@link #is}. */
    public String op() {
        return proto.getOpType();
    }

    /** {@return the operator's domain; empty for the standard one} */
    public String domain() {
        return proto.getDomain().equals("ai.onnx") ? "" : proto.getDomain();
    }

    /**
     * {@return whether this is one of the given operators of the standard domain}
     *
     * @param ops names of standard operators
     */
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

    /** {@return the name in the file; may be empty} */
    public String name() {
        return proto.getName();
    }

    /** {@return a name to show to people, never empty: the node's own, or operator and first output} */
    public String label() {
        return name().isEmpty()
                ? op() + " -> " + (outputs().isEmpty() ? "nothing" : outputs().get(0))
                : name();
    }

    /** {@return names of the values it reads, in order; empty where an optional one is left out} */
    public List<String> inputs() {
        return proto.getInputList();
    }

    /**
     * {@return the i-th input, or an empty string where it is not given}
     *
     * @param i number of the input, from 0
     */
    public String input(int i) {
        return i < proto.getInputCount() ? proto.getInput(i) : "";
    }

    /** {@return names of the values it makes, in order; empty where one is not wanted} */
    public List<String> outputs() {
        return proto.getOutputList();
    }

    /**
     * {@return the i-th output, or an empty string where it is not given}
     *
     * @param i number of the output, from 0
     */
    public String output(int i) {
        return i < proto.getOutputCount() ? proto.getOutput(i) : "";
    }

    /** {@return what a Constant node makes, if it is a tensor of numbers; empty for other nodes} */
    public Optional<Tensor> constant() {
        return Constants.valueOf(this);
    }

    /** {@return every value the node reads, those that its sub-graphs take from outside included} */
    public Set<String> reads() {
        if (reads == null) {
            Set<String> names = new LinkedHashSet<>(proto.getInputList());
            names.remove("");
            names.addAll(captured());
            reads = Collections.unmodifiableSet(names);
        }
        return reads;
    }

    /** {@return the values that the node's sub-graphs take from outside} */
    public Set<String> captured() {
        if (captured == null) {
            captured = Captures.of(proto);
        }
        return captured;
    }

    /** {@return the message, of which nothing is lost} */
    public NodeProto proto() {
        return proto;
    }

    /**
     * {@return the same node with this name}
     *
     * @param name empty for none
     */
    public Node withName(String name) {
        return new Node(proto.toBuilder().setName(name).build());
    }

    /**
     * {@return the same node with another operator of its domain}
     *
     * @param op name of the operator
     */
    public Node withOp(String op) {
        return new Node(proto.toBuilder().setOpType(op).build());
    }

    /**
     * {@return the same node, reading these values}
     *
     * @param inputs names, empty where an optional one is left out
     */
    public Node withInputs(List<String> inputs) {
        return new Node(proto.toBuilder().clearInput().addAllInput(inputs).build());
    }

    /**
     * Reads another value at position {@code i}; the list grows by empty names where needed.
     *
     * @param i number of the input, from 0
     * @param value name of the value to read
     * @return the changed node
     */
    public Node withInput(int i, String value) {
        List<String> inputs = new ArrayList<>(inputs());
        while (inputs.size() <= i) {
            inputs.add("");
        }
        inputs.set(i, value);
        return withInputs(inputs);
    }

    /**
     * Reads {@code other} wherever it reads {@code value}; its sub-graphs stay.
     *
     * @param value the name read now
     * @param other the name to read instead
     * @return the changed node
     */
    public Node reading(String value, String other) {
        return withInputs(inputs().stream()
                .map(input -> input.equals(value) ? other : input)
                .toList());
    }

    /**
     * {@return the same node, making these values}
     *
     * @param outputs names, empty where one is not wanted
     */
    public Node withOutputs(List<String> outputs) {
        return new Node(proto.toBuilder().clearOutput().addAllOutput(outputs).build());
    }

    /**
     * {@return the same node with this attribute, in the place of the one of the same name}
     *
     * @param attribute its name
     * @param value what it holds
     */
    public Node with(String attribute, long value) {
        return with(named(attribute, AttributeType.INT).setI(value).build());
    }

    /**
     * {@return the same node with this attribute, in the place of the one of the same name}
     *
     * @param attribute its name
     * @param value what it holds
     */
    public Node with(String attribute, float value) {
        return with(named(attribute, AttributeType.FLOAT).setF(value).build());
    }

    /**
     * {@return the same node with this attribute, in the place of the one of the same name}
     *
     * @param attribute its name
     * @param value what it holds
     */
    public Node with(String attribute, String value) {
        return with(named(attribute, AttributeType.STRING)
                .setS(ByteString.copyFromUtf8(value))
                .build());
    }

    /**
     * {@return the same node with this attribute, in the place of the one of the same name}
     *
     * @param attribute its name
     * @param values what it holds
     */
    public Node with(String attribute, long[] values) {
        AttributeProto.Builder built = named(attribute, AttributeType.INTS);
        for (long value : values) {
            built.addInts(value);
        }
        return with(built.build());
    }

    /**
     * Sets an attribute in the place of the one of the same name, or adds it.
     *
     * @param attribute the attribute to set
     * @return the changed node
     */
    public Node with(AttributeProto attribute) {
        NodeProto.Builder built = proto.toBuilder();
        for (int i = 0; i < built.getAttributeCount(); i++) {
            if (built.getAttribute(i).getName().equals(attribute.getName())) {
                return new Node(built.setAttribute(i, attribute).build());
            }
        }
        return new Node(built.addAttribute(attribute).build());
    }

    /**
     * {@return the same node without this attribute}
     *
     * @param attribute its name
     */
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
