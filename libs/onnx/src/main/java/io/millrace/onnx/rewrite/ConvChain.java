package io.millrace.onnx.rewrite;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Puts a chain of nodes in the place of a layer. */
public final class ConvChain {
    private ConvChain() {}

    /**
     * Replaces a layer by a chain. Names that are taken already are changed, and the last node of the chain makes the
     * value the layer made, so that whatever read it stays as it is. The layer's own weights go if nothing else reads
     * them. Changes the graph it is given.
     *
     * @param chain nodes in order; the first reads what the layer read, values between them may have any name
     * @param weights the new stored tensors, by the names the chain reads
     * @return the nodes as they stand in the graph
     */
    public static List<Node> replace(Graph graph, Node layer, List<Node> chain, Map<String, Tensor> weights) {
        Map<String, String> names = new HashMap<>();
        weights.forEach((name, tensor) -> names.put(name, graph.addInitializer(name, tensor)));
        List<Node> placed = new ArrayList<>();
        for (int i = 0; i < chain.size(); i++) {
            Node node = chain.get(i);
            List<String> inputs = node.inputs().stream()
                    .map(input -> names.getOrDefault(input, input))
                    .toList();
            boolean last = i == chain.size() - 1;
            List<String> outputs = last
                    ? layer.outputs()
                    : node.outputs().stream()
                            .map(output -> names.merge(output, graph.freshName(output), (old, fresh) -> fresh))
                            .toList();
            String name = node.name().isEmpty() ? node.name() : graph.freshName(node.name());
            placed.add(node.withName(name).withInputs(inputs).withOutputs(outputs));
        }
        graph.replace(layer, placed);
        Weights.dropUnread(graph, layer.inputs());
        return placed;
    }
}
