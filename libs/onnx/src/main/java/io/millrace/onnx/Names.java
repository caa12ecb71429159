package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The names of a graph: values, tensors, nodes, and all that its sub-graphs name. A name that was taken once stays
 * taken, so that nothing is confused with what stood there before.
 */
final class Names {
    private final Set<String> taken = new HashSet<>();
    private final Map<String, Integer> last = new HashMap<>();

    void add(String name) {
        taken.add(name);
    }

    void add(Node node) {
        add(node.proto());
    }

    void add(GraphProto graph) {
        graph.getInputList().forEach(v -> taken.add(v.getName()));
        graph.getOutputList().forEach(v -> taken.add(v.getName()));
        graph.getValueInfoList().forEach(v -> taken.add(v.getName()));
        graph.getInitializerList().forEach(t -> taken.add(t.getName()));
        graph.getSparseInitializerList().forEach(t -> taken.add(t.getValues().getName()));
        graph.getNodeList().forEach(this::add);
    }

    private void add(NodeProto node) {
        taken.add(node.getName());
        taken.addAll(node.getInputList());
        taken.addAll(node.getOutputList());
        node.getAttributeList().forEach(attribute -> {
            if (attribute.hasG()) {
                add(attribute.getG());
            }
            attribute.getGraphsList().forEach(this::add);
        });
    }

    boolean isTaken(String name) {
        return taken.contains(name);
    }

    /** The stem itself, or the stem and a number; taken from now on. */
    String fresh(String stem) {
        String name = stem;
        int number = last.getOrDefault(stem, 0);
        while (name.isEmpty() || !taken.add(name)) {
            number++;
            name = stem + "_" + number;
        }
        if (number > 0) {
            last.put(stem, number);
        }
        return name;
    }
}
