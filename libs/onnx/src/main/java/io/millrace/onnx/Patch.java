package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A labelled change of a graph: what it replaces, by what. Collected first, then {@link #apply applied} as a whole: the
 * graph is as it was if the result would not be a graph (a value that nothing makes, or only later; a name that is
 * taken; an operator the model's opset does not have). What nothing reads any more because of the patch goes with it.
 *
 * <p>Nodes may be written in the newest form of their operator; the patch brings them into the form of the model's
 * opset. Names come from {@link #name}, {@link #store} and {@link #node}. Each node that is made or changed keeps the
 * patch's label; see {@link Provenance}. Costs time in proportion to what is touched.
 *
 * <p>Modelled on the patches of tract ({@code core/src/model/patch.rs}).
 */
public final class Patch {
    private final Graph graph;
    private final String step;
    private final Map<Node, List<Node>> replaced = new LinkedHashMap<>();
    private final Map<Node, Set<Node>> standsFor = new HashMap<>();

    private final List<Node> added = new ArrayList<>();
    private final Map<String, Tensor> stored = new LinkedHashMap<>();
    private final Set<String> forgotten = new LinkedHashSet<>();
    private final PatchNames names;
    private Collection<ValueInfoProto> inputs;
    private Collection<ValueInfoProto> outputs;
    private boolean forgetsShapes;

    private Patch(Graph graph, String step) {
        this.graph = graph;
        this.step = step;
        this.names = new PatchNames(graph, step);
    }

    /**
     * {@return a change of a graph that does nothing yet}
     *
     * @param graph the graph, which {@link #apply} changes
     * @param step the label of what is done, in kebab case: {@code fold-bn}
     */
    public static Patch of(Graph graph, String step) {
        return new Patch(graph, step);
    }

    /** {@return the graph as it is before this patch} */
    public Graph graph() {
        return graph;
    }

    /**
     * {@return a name that nothing in the graph has: the stem itself, or the stem and a number}
     *
     * @param stem what the name begins with
     */
    public String name(String stem) {
        return names.fresh(stem);
    }

    /**
     * Stores a tensor under a new name, and gives that name.
     *
     * @param stem what the name begins with
     * @param tensor what to store
     * @return the name
     */
    public String store(String stem, Tensor tensor) {
        String name = name(stem);
        stored.put(name, tensor);
        return name;
    }

    /**
     * Stores a tensor in the place of the one of this name (or of the Constant node that makes the value).
     *
     * @param name of the tensor, or of the value that a Constant node makes
     * @param tensor what to store
     * @return this patch
     */
    public Patch set(String name, Tensor tensor) {
        stored.put(name, tensor);
        return this;
    }

    /**
     * {@return the tensor behind a value that never changes, as it will be after this patch; {@code null} if it is
     * none}
     *
     * @param value name of a value
     */
    public Tensor constant(String value) {
        Tensor own = stored.get(value);
        return own == null ? graph.constant(value).orElse(null) : own;
    }

    /**
     * Removes a stored tensor, which nothing may read.
     *
     * @param name of the tensor, or of the value that a Constant node makes
     * @return this patch
     */
    public Patch forget(String name) {
        forgotten.add(name);
        return this;
    }

    /** Takes back a tensor that this patch stored under a new name. */
    void drop(String name) {
        if (names.has(name)) {
            stored.remove(name);
        }
    }

    /**
     * {@return a node with one output, both named like the stem} It is not in the graph until it is added or replaces
     * another.
     *
     * @param op name of the operator, as nodes carry it
     * @param stem what the name begins with
     * @param inputs names of the values it reads
     */
    public Node node(String op, String stem, String... inputs) {
        String name = name(stem);
        return Node.of(op, name, List.of(inputs), List.of(name));
    }

    /**
     * Adds nodes, each right behind the last node that makes what it reads.
     *
     * @param nodes new nodes, in any order that makes what is read before
     * @return this patch
     */
    public Patch add(Node... nodes) {
        added.addAll(List.of(nodes));
        return this;
    }

    /**
     * Puts nodes (none, one or a chain in order) in the place of one.
     *
     * @param old a node of the graph
     * @param by new nodes, in order; may make what the old ones made
     * @return this patch
     */
    public Patch replace(Node old, List<Node> by) {
        if (!graph.contains(old)) {
            throw new IllegalArgumentException("node " + old + " is not in this graph");
        }
        if (replaced.putIfAbsent(old, List.copyOf(by)) != null) {
            throw new IllegalArgumentException("node " + old + " is replaced twice");
        }
        return this;
    }

    /**
     * Puts nodes in the place of several, where the last of those stands.
     *
     * @param olds nodes of the graph, in any order
     * @param by new nodes, in order; may make what the old ones made
     * @return this patch
     */
    public Patch replace(Collection<Node> olds, Node... by) {
        List<Node> inOrder = olds.stream().sorted(graph.order()::compare).toList();
        Node last = inOrder.get(inOrder.size() - 1);
        for (Node old : inOrder) {
            replace(old, old == last ? List.of(by) : List.of());
        }
        standsFor.put(last, new LinkedHashSet<>(inOrder));
        return this;
    }

    /**
     * As {@link #replace(Node, List)}.
     *
     * @param old a node of the graph
     * @param by new nodes, in order
     * @return this patch
     */
    public Patch replace(Node old, Node... by) {
        return replace(old, List.of(by));
    }

    /**
     * Takes a node out; what it made must be made by another node, or read by none.
     *
     * @param old a node of the graph
     * @return this patch
     */
    public Patch remove(Node old) {
        return replace(old, List.of());
    }

    /**
     * Lets a node, or what this patch puts in its place, read {@code other} instead of {@code value}.
     *
     * @param reader a node of the graph
     * @param value the value that it reads now
     * @param other the value to read instead
     * @return this patch
     */
    public Patch redirect(Node reader, String value, String other) {
        List<Node> now = replaced.containsKey(reader) ? replaced.get(reader) : List.of(reader);
        if (!graph.contains(reader)) {
            throw new IllegalArgumentException("node " + reader + " is not in this graph");
        }
        replaced.put(reader, now.stream().map(n -> n.reading(value, other)).toList());
        return this;
    }

    /**
     * Declares these values, which the graph must have, as what it gives.
     *
     * @param values declarations, with types
     * @return this patch
     */
    public Patch outputs(Collection<ValueInfoProto> values) {
        outputs = List.copyOf(values);
        return this;
    }

    /**
     * Declares these values as what the graph is given; nodes that made them must be gone or changed.
     *
     * @param values declarations, with types
     * @return this patch
     */
    public Patch inputs(Collection<ValueInfoProto> values) {
        inputs = List.copyOf(values);
        return this;
    }

    /**
     * Forgets the file's hints on shapes, all of which a cut makes stale.
     *
     * @return this patch
     */
    public Patch forgetShapes() {
        forgetsShapes = true;
        return this;
    }

    /**
     * Does it.
     *
     * @return the nodes that were made or changed, as they stand in the graph now
     * @throws InvalidModelException if the result would be no valid graph, or cannot be written in the model's opset;
     *     the graph is as it was
     */
    public List<Node> apply() {
        Map<Node, List<Node>> finished = new LinkedHashMap<>();
        replaced.forEach((old, by) -> finished.put(old, finished(by, standsFor.getOrDefault(old, Set.of(old)))));
        List<Node> behind = finished(added, Set.of());
        PatchApplication work = new PatchApplication(graph, step);
        try {
            work.inputs(inputs);
            Set<Node> reading = new LinkedHashSet<>();
            for (String name : stored.keySet()) {
                graph.consumers(name).stream()
                        .filter(reader -> !replaced.containsKey(reader))
                        .filter(reader -> reader.outputs().stream().noneMatch(stored::containsKey))
                        .forEach(reading::add);
            }
            reading.forEach(r -> finished.put(r, List.of(Provenance.mark(r, step, List.of(r)))));
            stored.forEach(work::store);
            work.replace(finished);
            behind.forEach(work::add);
            forgotten.forEach(work::forget);
            work.outputs(outputs);
            work.check();
        } catch (RuntimeException e) {
            work.undo();
            throw e;
        }
        work.sweep();
        if (forgetsShapes) {
            graph.declarations().clearValueInfos();
        }
        return work.made();
    }

    /** Nodes in the form of the opset, with names and the label. */
    private List<Node> finished(List<Node> nodes, Set<Node> old) {
        List<Node> finished = new ArrayList<>();
        for (Node node : nodes) {
            for (Node fitting : OpsetForm.of(node, this)) {
                finished.add(Provenance.mark(names.named(fitting, old), step, old));
            }
        }
        names.check(finished, old, replaced.keySet());
        return finished;
    }
}
