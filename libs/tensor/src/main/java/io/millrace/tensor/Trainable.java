package io.millrace.tensor;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Operators;
import io.millrace.onnx.operator.Parameters;
import java.util.Arrays;
import java.util.LinkedHashSet;
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
    static Trainable of(Graph graph) {
        Trainable found = new Trainable(new LinkedHashSet<>(), new LinkedHashSet<>());
        for (Node node : graph.nodes()) {
            Parameters inputs = Operators.of(node).parameters();
            found.add(graph, node, inputs.learned(), found.parameters);
            found.add(graph, node, inputs.statistics(), found.statistics);
            if (node.is("Add")) {
                found.addBias(graph, node, 0, 1);
                found.addBias(graph, node, 1, 0);
            }
        }
        found.parameters.removeAll(found.statistics);
        return found;
    }

    private void add(Graph graph, Node node, int[] inputs, Set<String> to) {
        Arrays.stream(inputs)
                .mapToObj(input -> stored(graph, node.input(input)))
                .forEach(name -> name.ifPresent(to::add));
    }

    /** An Add right behind a product is its bias. */
    private void addBias(Graph graph, Node add, int product, int bias) {
        Node producer = graph.producer(add.input(product));
        if (producer != null && Operators.of(producer).parameters().weights().length > 0) {
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
        return producer != null && Operators.of(producer).presentsItsInput()
                ? stored(graph, producer.input(0))
                : Optional.empty();
    }
}
