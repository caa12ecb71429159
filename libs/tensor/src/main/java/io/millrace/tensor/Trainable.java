package io.millrace.tensor;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which stored tensors of a graph are learned: weights and biases of layers and normalizations. All other constants
 * (shapes, scales of the preprocessing) stay as they are.
 *
 * @param parameters values that gradients change
 * @param statistics running means and variances, which change with the data seen
 */
record Trainable(Set<String> parameters, Set<String> statistics) {
    private static final Map<String, int[]> LEARNED_INPUTS = Map.of(
            "Conv", new int[] {1, 2},
            "ConvTranspose", new int[] {1, 2},
            "Gemm", new int[] {0, 1, 2},
            "MatMul", new int[] {0, 1},
            "BatchNormalization", new int[] {1, 2},
            "PRelu", new int[] {1},
            "LayerNormalization", new int[] {1, 2},
            "GroupNormalization", new int[] {1, 2},
            "InstanceNormalization", new int[] {1, 2});

    static Trainable of(Graph graph) {
        Trainable found = new Trainable(new LinkedHashSet<>(), new LinkedHashSet<>());
        for (Node node : graph.nodes()) {
            if (!node.domain().isEmpty()) {
                continue;
            }
            for (int input : LEARNED_INPUTS.getOrDefault(node.op(), new int[0])) {
                stored(graph, node.input(input)).ifPresent(found.parameters::add);
            }
            if (node.is("Add")) {
                found.addBias(graph, node, 0, 1);
                found.addBias(graph, node, 1, 0);
            }
            if (node.is("BatchNormalization")) {
                stored(graph, node.input(3)).ifPresent(found.statistics::add);
                stored(graph, node.input(4)).ifPresent(found.statistics::add);
            }
        }
        found.parameters.removeAll(found.statistics);
        return found;
    }

    /** An Add right behind a product is its bias. */
    private void addBias(Graph graph, Node add, int product, int bias) {
        Node producer = graph.producer(add.input(product));
        if (producer != null && producer.is("MatMul", "Gemm", "Conv", "ConvTranspose")) {
            stored(graph, add.input(bias)).ifPresent(parameters::add);
        }
    }

    /** The name of the stored float tensor behind a value, looking through nodes that only rearrange it. */
    private static Optional<String> stored(Graph graph, String value) {
        if (value.isEmpty()) {
            return Optional.empty();
        }
        Optional<Tensor> constant = graph.constant(value);
        if (constant.isPresent()) {
            ElementType type = constant.get().type();
            return Optional.of(value).filter(v -> type.isFloatingPoint());
        }
        Node producer = graph.producer(value);
        boolean rearranges =
                producer != null && producer.is("Identity", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten");
        return rearranges ? stored(graph, producer.input(0)) : Optional.empty();
    }
}
