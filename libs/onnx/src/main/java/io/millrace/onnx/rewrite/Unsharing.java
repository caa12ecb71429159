package io.millrace.onnx.rewrite;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.cost.StoredWeight;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Gives each layer a copy of its own of what it shares with others by chance: a bias of zeros or a scale of ones, which
 * optimizers store once for all layers. Channels of those layers could else only be cut together, or not at all. Layers
 * that share their weight go on to share what belongs to it.
 */
public final class Unsharing {
    /** Larger tensors are weights or tables, and no parameters of channels. */
    private static final long MOST_NUMBERS = 1 << 14;

    private static final int LONGEST_CHAIN = 16;

    private Unsharing() {}

    /**
     * Changes the model it is given; it computes what it did.
     *
     * @param model the model, which is changed
     * @return how many copies were made
     */
    public static int unshare(OnnxModel model) {
        Graph graph = model.graph();
        Patch patch = Patch.of(graph, "unshare");
        int copies = 0;
        for (Map.Entry<String, Tensor> stored : graph.initializers().entrySet()) {
            String name = stored.getKey();
            Tensor tensor = stored.getValue();
            boolean ofChannels =
                    tensor.type().isFloatingPoint() && tensor.count() > 1 && tensor.count() <= MOST_NUMBERS;
            if (!ofChannels || graph.isInput(name) || graph.isOutput(name)) {
                continue;
            }
            List<List<Node>> owners =
                    new ArrayList<>(readersByOwner(graph, name).values());
            for (List<Node> readers : owners.subList(Math.min(1, owners.size()), owners.size())) {
                String copy = patch.store(name, tensor);
                readers.forEach(reader -> patch.redirect(reader, name, copy));
                copies++;
            }
        }
        patch.apply();
        return copies;
    }

    /** The readers of a tensor by the weight they belong to; none if it is a weight itself, or read in sub-graphs. */
    private static Map<String, List<Node>> readersByOwner(Graph graph, String name) {
        List<Node> readers = graph.consumers(name);
        Map<String, List<Node>> byOwner = new LinkedHashMap<>();
        if (readers.size() < 2) {
            return byOwner;
        }
        for (Node reader : readers) {
            Optional<StoredWeight> weight = StoredWeight.of(graph, reader);
            boolean isWeight = weight.filter(w -> w.name().equals(name)).isPresent();
            if (isWeight || !reader.subgraphs().isEmpty()) {
                return Map.of();
            }
            byOwner.computeIfAbsent(owner(graph, reader), k -> new ArrayList<>())
                    .add(reader);
        }
        return byOwner;
    }

    /** The weight of the layer that a node belongs to: its own, or that of the next layer before it. */
    private static String owner(Graph graph, Node reader) {
        Node at = reader;
        for (int i = 0; at != null && i < LONGEST_CHAIN; i++) {
            Optional<StoredWeight> weight = StoredWeight.of(graph, at);
            if (weight.isPresent()) {
                return weight.get().name();
            }
            at = at.inputs().stream()
                    .map(graph::producer)
                    .filter(maker -> maker != null && !maker.is("Constant"))
                    .findFirst()
                    .orElse(null);
        }
        return "node " + reader.label();
    }
}
