package io.millrace.onnx.rewrite;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Cuts a model out of a model. */
public final class SubModel {
    private SubModel() {}

    /**
     * The part of a model that computes {@code outputs} from {@code inputs}.
     *
     * @param inputs values of the model, inner ones or its own inputs; one that nothing needs stays an input
     * @throws IllegalArgumentException if an output is not in the model, or depends on an input of the network that is
     *     not listed
     */
    public static OnnxModel between(OnnxModel model, List<String> inputs, List<String> outputs) {
        Graph graph = model.graph();
        Set<String> open = graph.inputs().stream().map(ValueInfoProto::getName).collect(Collectors.toSet());
        Set<Node> kept = new HashSet<>();
        Set<String> seen = new HashSet<>(inputs);
        Deque<String> wanted = new ArrayDeque<>(outputs);
        while (!wanted.isEmpty()) {
            String value = wanted.pop();
            Node producer = graph.producer(value);
            if (!seen.add(value)) {
                continue;
            }
            if (open.contains(value)) {
                throw new IllegalArgumentException("the outputs " + outputs + " depend on the network's input '" + value
                        + "', which is not given");
            }
            if (producer == null && outputs.contains(value)) {
                throw new IllegalArgumentException("no node makes the value '" + value + "'");
            }
            if (producer != null && kept.add(producer)) {
                wanted.addAll(Reads.of(producer));
            }
        }
        return Section.of(model, kept, inputs, outputs);
    }
}
