package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The main graph of a model, open to change. Nodes stand in topological order and stay so: verbs insert where they
 * replace. Nodes and tensors are immutable and shared, so {@link #copy()} costs a few lists, not the weights.
 */
public final class Graph {
    private final GraphProto origin;
    private final List<Node> nodes;
    private final Map<String, Tensor> initializers;
    private final List<ValueInfoProto> inputs;
    private final List<ValueInfoProto> outputs;
    private final Map<String, ValueInfoProto> valueInfos;
    private final Set<String> handedOut = new HashSet<>();
    private Index index;

    private record Index(Map<String, Node> producers, Map<String, List<Node>> consumers, Set<String> names) {}

    Graph(GraphProto origin, List<Node> nodes, Map<String, Tensor> initializers) {
        this(
                origin,
                new ArrayList<>(nodes),
                new LinkedHashMap<>(initializers),
                new ArrayList<>(origin.getInputList()),
                new ArrayList<>(origin.getOutputList()),
                new LinkedHashMap<>());
        origin.getValueInfoList().forEach(v -> valueInfos.put(v.getName(), v));
    }

    private Graph(
            GraphProto origin,
            List<Node> nodes,
            Map<String, Tensor> initializers,
            List<ValueInfoProto> inputs,
            List<ValueInfoProto> outputs,
            Map<String, ValueInfoProto> valueInfos) {
        this.origin = origin;
        this.nodes = nodes;
        this.initializers = initializers;
        this.inputs = inputs;
        this.outputs = outputs;
        this.valueInfos = valueInfos;
    }

    /** An independent graph of the same nodes and tensors. */
    public Graph copy() {
        return new Graph(
                origin,
                new ArrayList<>(nodes),
                new LinkedHashMap<>(initializers),
                new ArrayList<>(inputs),
                new ArrayList<>(outputs),
                new LinkedHashMap<>(valueInfos));
    }

    /** The nodes in topological order. */
    public List<Node> nodes() {
        return Collections.unmodifiableList(nodes);
    }

    /** Stored weights and constants by name, in the order of the file. */
    public Map<String, Tensor> initializers() {
        return Collections.unmodifiableMap(initializers);
    }

    /** The stored tensor of this name, or {@code null}. */
    public Tensor initializer(String name) {
        return initializers.get(name);
    }

    /** What the graph is given when it runs: declared inputs that no initializer backs. */
    public List<ValueInfoProto> inputs() {
        return inputs.stream()
                .filter(v -> !initializers.containsKey(v.getName()))
                .toList();
    }

    /** All declared inputs, those with a default among the initializers included. */
    public List<ValueInfoProto> declaredInputs() {
        return Collections.unmodifiableList(inputs);
    }

    public List<ValueInfoProto> outputs() {
        return Collections.unmodifiableList(outputs);
    }

    /** What the file says of the shape of an inner value; a hint, not a proof. */
    public Optional<ValueInfoProto> valueInfo(String name) {
        return Optional.ofNullable(valueInfos.get(name));
    }

    public boolean isOutput(String name) {
        return outputs.stream().anyMatch(v -> v.getName().equals(name));
    }

    /** The node that makes this value, or {@code null} for inputs and initializers. */
    public Node producer(String value) {
        return index().producers.get(value);
    }

    /** The nodes that read this value, also those whose sub-graphs do, each once. */
    public List<Node> consumers(String value) {
        return index().consumers.getOrDefault(value, List.of());
    }

    /** The tensor behind a value that never changes: an initializer, or the output of a Constant node. */
    public Optional<Tensor> constant(String value) {
        Tensor stored = initializers.get(value);
        if (stored != null) {
            return Optional.of(stored);
        }
        Node producer = producer(value);
        return producer == null ? Optional.empty() : Constants.valueOf(producer);
    }

    public void setInitializer(String name, Tensor tensor) {
        initializers.put(name, tensor);
        index = null;
    }

    /** Stores a tensor under a name not taken yet, and gives that name. */
    public String addInitializer(String stem, Tensor tensor) {
        String name = freshName(stem);
        setInitializer(name, tensor);
        return name;
    }

    public void removeInitializer(String name) {
        initializers.remove(name);
        inputs.removeIf(v -> v.getName().equals(name));
        index = null;
    }

    /** Puts nodes (none, one or a chain in order) in the place of one. */
    public void replace(Node old, List<Node> replacement) {
        int at = indexOf(old);
        nodes.remove(at);
        nodes.addAll(at, replacement);
        index = null;
    }

    public void replace(Node old, Node replacement) {
        nodes.set(indexOf(old), replacement);
        index = null;
    }

    public void remove(Collection<Node> gone) {
        Set<Node> identities = new HashSet<>(gone);
        nodes.removeIf(identities::contains);
        index = null;
    }

    /** Inserts nodes right before another. */
    public void insertBefore(Node reference, List<Node> added) {
        nodes.addAll(indexOf(reference), added);
        index = null;
    }

    /** Inserts nodes right after another. */
    public void insertAfter(Node reference, List<Node> added) {
        nodes.addAll(indexOf(reference) + 1, added);
        index = null;
    }

    /** Lets every node that reads {@code value} read {@code other} instead. Graph outputs keep their names. */
    public void redirect(String value, String other) {
        nodes.replaceAll(node -> {
            if (!node.inputs().contains(value)) {
                return node;
            }
            return node.withInputs(
                    node.inputs().stream().map(v -> v.equals(value) ? other : v).toList());
        });
        index = null;
    }

    public void setInputs(List<ValueInfoProto> values) {
        inputs.clear();
        inputs.addAll(values);
        index = null;
    }

    public void setOutputs(List<ValueInfoProto> values) {
        outputs.clear();
        outputs.addAll(values);
        index = null;
    }

    /** Forgets the file's shape hints, which surgery makes stale. */
    public void clearValueInfos() {
        valueInfos.clear();
    }

    /**
     * A name that nothing in this graph has, and that was not handed out before: the stem itself, or the stem and a
     * number.
     */
    public String freshName(String stem) {
        Set<String> taken = index().names;
        String name = stem;
        for (int i = 1; taken.contains(name) || handedOut.contains(name); i++) {
            name = stem + "_" + i;
        }
        handedOut.add(name);
        return name;
    }

    GraphProto toProto() {
        GraphProto.Builder built = toProtoWithoutWeights();
        initializers.forEach((name, tensor) -> built.addInitializer(tensor.toProto(name)));
        return built.build();
    }

    GraphProto.Builder toProtoWithoutWeights() {
        GraphProto.Builder built = origin.toBuilder()
                .clearNode()
                .clearInitializer()
                .clearInput()
                .clearOutput()
                .clearValueInfo()
                .addAllInput(inputs)
                .addAllOutput(outputs)
                .addAllValueInfo(valueInfos.values());
        nodes.forEach(node -> built.addNode(node.proto()));
        return built;
    }

    private int indexOf(Node node) {
        int at = nodes.indexOf(node);
        if (at < 0) {
            throw new IllegalArgumentException("node " + node + " is not in this graph");
        }
        return at;
    }

    private Index index() {
        if (index == null) {
            Map<String, Node> producers = new HashMap<>();
            Map<String, List<Node>> consumers = new HashMap<>();
            Set<String> names = new HashSet<>(initializers.keySet());
            inputs.forEach(v -> names.add(v.getName()));
            for (Node node : nodes) {
                names.add(node.name());
                for (String output : node.outputs()) {
                    producers.put(output, node);
                    names.add(output);
                }
                for (String read : reads(node.proto())) {
                    consumers.computeIfAbsent(read, k -> new ArrayList<>()).add(node);
                    names.add(read);
                }
            }
            index = new Index(producers, consumers, names);
        }
        return index;
    }

    /** Every name a node reads, its sub-graphs' reads included (their inner names too: a superset is safe here). */
    private static Set<String> reads(NodeProto node) {
        Set<String> names = new LinkedHashSet<>();
        node.getInputList().stream().filter(n -> !n.isEmpty()).forEach(names::add);
        for (AttributeProto attribute : node.getAttributeList()) {
            if (attribute.hasG()) {
                readsOf(attribute.getG(), names);
            }
            attribute.getGraphsList().forEach(g -> readsOf(g, names));
        }
        return names;
    }

    private static void readsOf(GraphProto graph, Set<String> names) {
        for (NodeProto node : graph.getNodeList()) {
            names.addAll(reads(node));
        }
        graph.getOutputList().forEach(v -> names.add(v.getName()));
        for (TensorProto tensor : graph.getInitializerList()) {
            names.remove(tensor.getName());
        }
    }
}
