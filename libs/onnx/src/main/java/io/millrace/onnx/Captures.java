package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Set;

/** The values that sub-graphs take from the graphs around them. */
final class Captures {
    private Captures() {}

    static Set<String> of(NodeProto node) {
        Set<String> names = null;
        for (AttributeProto attribute : node.getAttributeList()) {
            if (attribute.hasG() || attribute.getGraphsCount() > 0) {
                names = names == null ? new LinkedHashSet<>() : names;
                if (attribute.hasG()) {
                    collect(attribute.getG(), names);
                }
                for (GraphProto graph : attribute.getGraphsList()) {
                    collect(graph, names);
                }
            }
        }
        return names == null ? Set.of() : Collections.unmodifiableSet(names);
    }

    private static void collect(GraphProto graph, Set<String> names) {
        Set<String> own = new HashSet<>();
        graph.getInputList().forEach(v -> own.add(v.getName()));
        graph.getInitializerList().forEach(t -> own.add(t.getName()));
        graph.getSparseInitializerList().forEach(t -> own.add(t.getValues().getName()));
        for (NodeProto node : graph.getNodeList()) {
            read(node.getInputList(), own, names);
            read(of(node), own, names);
            own.addAll(node.getOutputList());
        }
        graph.getOutputList().forEach(v -> read(Set.of(v.getName()), own, names));
    }

    private static void read(Iterable<String> reads, Set<String> own, Set<String> names) {
        for (String read : reads) {
            if (!read.isEmpty() && !own.contains(read)) {
                names.add(read);
            }
        }
    }
}
