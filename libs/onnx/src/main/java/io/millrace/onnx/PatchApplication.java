package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The changes of one patch on a graph: each can be undone until the whole has been checked. */
final class PatchApplication {
    private final Graph graph;
    private final String step;
    private final Deque<Runnable> undo = new ArrayDeque<>();
    private final Set<Node> made = new LinkedHashSet<>();
    private final Set<Node> gone = new LinkedHashSet<>();

    PatchApplication(Graph graph, String step) {
        this.graph = graph;
        this.step = step;
    }

    List<Node> made() {
        return List.copyOf(made);
    }

    void replace(Map<Node, List<Node>> replaced) {
        gone.addAll(replaced.keySet());
        replaced.forEach((old, by) -> {
            Node at = old;
            for (Node node : by) {
                insert(at, node);
                at = node;
            }
            remove(old);
        });
    }

    /** Puts a node right behind the last of those that make what it reads. */
    void add(Node node) {
        Node last = null;
        for (String read : node.reads()) {
            Node producer = graph.producer(read);
            if (producer != null && (last == null || graph.order().compare(last, producer) < 0)) {
                last = producer;
            }
        }
        insert(last, node);
    }

    void store(String name, Tensor tensor) {
        Node constant = graph.producer(name);
        if (constant != null && gone.add(constant)) {
            remove(constant);
        }
        Tensor before = graph.initializer(name);
        ValueInfoProto declared = graph.declarations().inputs().get(name);
        graph.setInitializer(name, tensor);
        undo.push(() -> graph.declarations().restore(name, before, declared));
    }

    void forget(String name) {
        Tensor before = graph.initializer(name);
        ValueInfoProto declared = graph.declarations().inputs().get(name);
        if (graph.isRead(name)) {
            throw broken("'" + name + "' is still read");
        }
        graph.declarations().remove(name);
        undo.push(() -> graph.declarations().restore(name, before, declared));
    }

    /** {@code null} for no change. */
    void inputs(Collection<ValueInfoProto> values) {
        if (values == null) {
            return;
        }
        List<ValueInfoProto> before = graph.declaredInputs();
        graph.setInputs(values);
        undo.push(() -> graph.setInputs(before));
    }

    /** {@code null} for no change. */
    void outputs(Collection<ValueInfoProto> values) {
        if (values == null) {
            return;
        }
        List<ValueInfoProto> before = graph.outputs();
        graph.declarations().setOutputs(values);
        undo.push(() -> graph.declarations().setOutputs(before));
    }

    private void insert(Node behind, Node node) {
        for (String output : node.outputs()) {
            Node other = graph.producer(output);
            if (other != null && !gone.contains(other) || graph.isStored(output)) {
                throw broken(node.label() + " would make '" + output + "', which there is already");
            }
        }
        graph.insertBehind(behind, node);
        undo.push(() -> graph.removeNode(node));
        made.add(node);
    }

    private void remove(Node node) {
        Node before = graph.order().before(node);
        graph.removeNode(node);
        undo.push(() -> graph.insertBehind(before, node));
    }

    /** @throws InvalidModelException if what was touched is no part of a valid graph */
    void check() {
        for (Node node : made) {
            for (String read : node.reads()) {
                Node producer = graph.producer(read);
                if (producer == null && !graph.isStored(read) && !graph.isInput(read)) {
                    throw broken(node.label() + " would read '" + read + "', which nothing makes");
                }
                if (producer != null && graph.order().compare(producer, node) >= 0) {
                    throw broken(node.label() + " would read '" + read + "' before it is made");
                }
            }
            for (String output : node.outputs()) {
                for (Node reader : graph.consumers(output)) {
                    if (graph.order().compare(node, reader) >= 0) {
                        throw broken(reader.label() + " would read '" + output + "' before it is made");
                    }
                }
                if (!output.isEmpty() && graph.isInput(output)) {
                    throw broken(node.label() + " would make the input '" + output + "'");
                }
            }
        }
        for (Node node : gone) {
            for (String output : node.outputs()) {
                if (!output.isEmpty() && !graph.isDefined(output) && graph.isRead(output)) {
                    String who = graph.isOutput(output)
                            ? "an output of the graph"
                            : "read by " + graph.consumers(output).get(0).label();
                    throw broken("nothing would make '" + output + "', which is " + who);
                }
            }
        }
        for (ValueInfoProto output : graph.outputs()) {
            if (!graph.isDefined(output.getName())) {
                throw broken("nothing makes the output '" + output.getName() + "'");
            }
        }
    }

    void undo() {
        undo.forEach(Runnable::run);
    }

    /** Removes what nothing reads any more since the patch: makers of it, and theirs, and stored tensors. */
    void sweep() {
        Deque<String> unread = new ArrayDeque<>();
        for (Node node : gone) {
            unread.addAll(node.reads());
            node.outputs().stream().filter(o -> !graph.isDefined(o)).forEach(graph.declarations()::removeValueInfo);
        }
        while (!unread.isEmpty()) {
            String value = unread.pop();
            if (graph.isRead(value)) {
                continue;
            }
            Node producer = graph.producer(value);
            if (producer == null) {
                if (graph.initializer(value) != null) {
                    graph.declarations().remove(value);
                }
            } else if (producer.outputs().stream().noneMatch(graph::isRead)) {
                graph.removeNode(producer);
                made.remove(producer);
                producer.outputs().forEach(graph.declarations()::removeValueInfo);
                unread.addAll(producer.reads());
            }
        }
    }

    private InvalidModelException broken(String reason) {
        return new InvalidModelException(step + ": " + reason);
    }
}
