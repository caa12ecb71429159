package io.millrace.onnx.rewrite;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import io.millrace.onnx.Node;
import java.util.LinkedHashSet;
import java.util.Set;

/** The values a node depends on, those its sub-graphs take from outside included. */
public final class Reads {
    private Reads() {}

    /** Names of all values the node reads. Names inside its sub-graphs may be among them: a superset. */
    public static Set<String> of(Node node) {
        Set<String> names = new LinkedHashSet<>();
        collect(node.proto(), names);
        return names;
    }

    /** The values that only the node's sub-graphs read. */
    public static Set<String> captured(Node node) {
        Set<String> names = new LinkedHashSet<>();
        node.subgraphs().forEach(graph -> collect(graph, names));
        return names;
    }

    private static void collect(NodeProto node, Set<String> names) {
        node.getInputList().stream().filter(name -> !name.isEmpty()).forEach(names::add);
        node.getAttributeList().forEach(attribute -> {
            if (attribute.hasG()) {
                collect(attribute.getG(), names);
            }
            attribute.getGraphsList().forEach(graph -> collect(graph, names));
        });
    }

    private static void collect(GraphProto graph, Set<String> names) {
        graph.getNodeList().forEach(node -> collect(node, names));
        graph.getOutputList().forEach(output -> names.add(output.getName()));
    }
}
