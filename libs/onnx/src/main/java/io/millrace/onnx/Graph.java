package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The main graph of a model. Nodes stand in topological order; a {@link Patch} changes them and keeps it so, at a cost
 * that follows what it touches. Nodes and tensors are immutable and shared, so {@link #copy()} costs a few lists, not
 * the weights. Asking is safe from several threads while nobody changes the graph.
 */
public final class Graph {
    private final GraphProto origin;
    private final Map<String, Long> opsets;
    private final Declarations declarations;
    /** The nodes in order; {@code null} after a change, until somebody asks. */
    private volatile List<Node> nodes;

    private volatile NodeIndex index;
    private Names names;

    Graph(ModelProto model, Map<String, Tensor> initializers) {
        this.origin = model.getGraph();
        this.opsets = ModelCheck.opsets(model);
        this.nodes = origin.getNodeList().stream().map(Node::of).toList();
        this.declarations = new Declarations(model, initializers);
    }

    private Graph(Graph other, Map<String, Long> opsets) {
        this.origin = other.origin;
        this.opsets = opsets;
        this.nodes = other.nodes();
        this.declarations = new Declarations(other.declarations);
    }

    /** {@return an independent graph of the same nodes and tensors} */
    public Graph copy() {
        return new Graph(this, opsets);
    }

    Graph copy(Map<String, Long> otherOpsets) {
        return new Graph(this, otherOpsets);
    }

    /** {@return the version of the standard operators} */
    public long opset() {
        return opset("");
    }

    /**
     * {@return the version of a domain's operators, 0 if the model does not import it}
     *
     * @param domain empty for the standard one
     */
    public long opset(String domain) {
        return opsets.getOrDefault(ModelCheck.normal(domain), 0L);
    }

    /** {@return the nodes in topological order, as they are now: a list that later changes do not touch} */
    public List<Node> nodes() {
        List<Node> known = nodes;
        if (known == null) {
            known = Collections.unmodifiableList(index.order().toList());
            nodes = known;
        }
        return known;
    }

    /**
     * {@return whether this very node object stands in the graph}
     *
     * @param node a node of the graph
     */
    public boolean contains(Node node) {
        return index().order().contains(node);
    }

    /** {@return stored weights and constants by name, in the order of the file} */
    public Map<String, Tensor> initializers() {
        return declarations.initializers();
    }

    /**
     * {@return the stored tensor of this name, or {@code null}}
     *
     * @param name of a tensor
     */
    public Tensor initializer(String name) {
        return declarations.initializers().get(name);
    }

    /** Whether a tensor of this name is stored, densely or sparsely. */
    boolean isStored(String name) {
        return declarations.isStored(name);
    }

    /** Whether the graph has such a value: stored, given, or made by a node. */
    boolean isDefined(String name) {
        return producer(name) != null || isStored(name) || isInput(name);
    }

    /** {@return what the graph is given when it runs: declared inputs that no initializer backs} */
    public List<ValueInfoProto> inputs() {
        return declarations.givenInputs();
    }

    /** {@return all declared inputs, those with a default among the initializers included} */
    public List<ValueInfoProto> declaredInputs() {
        return List.copyOf(declarations.inputs().values());
    }

    /**
     * {@return whether a value is declared as an input, with a stored default or without}
     *
     * @param name of a value
     */
    public boolean isInput(String name) {
        return declarations.inputs().containsKey(name);
    }

    /** {@return what the graph gives, in the order of the file} */
    public List<ValueInfoProto> outputs() {
        return List.copyOf(declarations.outputs().values());
    }

    /**
     * {@return whether a value is given by the graph}
     *
     * @param name of a value
     */
    public boolean isOutput(String name) {
        return declarations.outputs().containsKey(name);
    }

    /**
     * {@return what the file says of the shape of an inner value; a hint, not a proof}
     *
     * @param name name of a value
     */
    public Optional<ValueInfoProto> valueInfo(String name) {
        return Optional.ofNullable(declarations.valueInfos().get(name));
    }

    /**
     * {@return the node that makes this value, or {@code null} for inputs and initializers}
     *
     * @param value name of a value
     */
    public Node producer(String value) {
        return index().producer(value);
    }

    /**
     * {@return the nodes that read this value, also those whose sub-graphs do, each once, in topological order}
     *
     * @param value name of a value
     */
    public List<Node> consumers(String value) {
        return index().readers(value);
    }

    /**
     * {@return whether some node reads this value, or it is an output}
     *
     * @param value name of a value
     */
    public boolean isRead(String value) {
        return isOutput(value) || !consumers(value).isEmpty();
    }

    /**
     * {@return the tensor behind a value that never changes: an initializer, or the output of a Constant node}
     *
     * @param value name of a value
     */
    public Optional<Tensor> constant(String value) {
        Tensor stored = initializer(value);
        if (stored != null) {
            return Optional.of(stored);
        }
        Node producer = producer(value);
        return producer == null ? Optional.empty() : Constants.valueOf(producer);
    }

    /**
     * {@return the tensor that a value always holds: as {@link #constant}, or filled by a ConstantOfShape, and through
     * operators that only present it otherwise (Identity, Cast, Reshape, Squeeze, Unsqueeze, Flatten, Transpose)}
     *
     * @param value name of a value
     */
    public Optional<Tensor> constantThrough(String value) {
        return ConstantValue.of(this, value);
    }

    /**
     * Stores a tensor under this name, in the place of the one that is stored there, or of the Constant node that
     * makes the value. Where the value is declared as an input, or has to be, the declaration follows.
     *
     * @param name of the tensor, taken or new
     * @param tensor the tensor to store
     */
    public void setInitializer(String name, Tensor tensor) {
        Node constant = producer(name);
        if (constant != null) {
            removeNode(constant);
        }
        declarations.store(name, tensor);
        take(name);
    }

    /** Its tensors and what it declares; who changes them sees to it that the graph stays one. */
    Declarations declarations() {
        return declarations;
    }

    /** Inserts a node right behind another, or at the front where that is {@code null}. */
    void insertBehind(Node reference, Node node) {
        index().insertBehind(reference, node);
        nodes = null;
        if (names != null) {
            names.add(node);
        }
    }

    void removeNode(Node node) {
        index().remove(node);
        nodes = null;
    }

    NodeList order() {
        return index().order();
    }

    void setInputs(Collection<ValueInfoProto> values) {
        declarations.setInputs(values);
        values.forEach(value -> take(value.getName()));
    }

    /** A name that nothing in this graph has: the stem itself, or the stem and a number. */
    String freshName(String stem) {
        return names().fresh(stem);
    }

    boolean isTaken(String name) {
        return names().isTaken(name);
    }

    private void take(String name) {
        if (names != null) {
            names.add(name);
        }
    }

    GraphProto toProto() {
        GraphProto.Builder built = toProtoWithoutWeights();
        initializers().forEach((name, tensor) -> built.addInitializer(tensor.toProto(name)));
        return built.build();
    }

    GraphProto.Builder toProtoWithoutWeights() {
        GraphProto.Builder built = origin.toBuilder()
                .clearNode()
                .clearInitializer()
                .clearInput()
                .clearOutput()
                .clearValueInfo();
        declarations.addTo(built);
        nodes().forEach(node -> built.addNode(node.proto()));
        return built;
    }

    private NodeIndex index() {
        NodeIndex known = index;
        if (known == null) {
            known = new NodeIndex(nodes);
            index = known;
        }
        return known;
    }

    private Names names() {
        if (names == null) {
            Names all = new Names();
            initializers().keySet().forEach(all::add);
            declarations.inputs().keySet().forEach(all::add);
            all.add(origin.toBuilder().clearNode().clearInitializer().build());
            nodes().forEach(all::add);
            names = all;
        }
        return names;
    }
}
