package io.millrace.onnx.cost;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Operators;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The stored weight of a layer, read directly or through operators that only present it: Identity, Cast, Transpose,
 * Reshape, DequantizeLinear and the like.
 *
 * @param input which input of the layer it is
 * @param name the value that holds it: an initializer or the output of a Constant node
 */
public record StoredWeight(int input, String name, Tensor tensor) {
    private static final int LONGEST_CHAIN = 16;

    /**
     * {@return the weight of a layer; empty if the node is no layer or has no stored weight}
     *
     * @param graph the graph, which stays as it is
     * @param node a node of the graph
     */
    public static Optional<StoredWeight> of(Graph graph, Node node) {
        return all(graph, node).stream().findFirst();
    }

    /**
     * {@return all stored weights of a layer: recurrent layers have two, other layers one}
     *
     * @param graph the graph, which stays as it is
     * @param node a node of the graph
     */
    public static List<StoredWeight> all(Graph graph, Node node) {
        List<StoredWeight> weights = new ArrayList<>();
        for (int input : Operators.of(node).parameters().weights()) {
            behind(graph, node, input).filter(w -> w.tensor.rank() >= 2).ifPresent(weights::add);
        }
        return weights;
    }

    /** What is stored behind one input of a node. */
    static Optional<StoredWeight> behind(Graph graph, Node node, int input) {
        String value = node.input(input);
        for (int i = 0; i < LONGEST_CHAIN; i++) {
            Optional<Tensor> tensor = graph.constant(value);
            if (tensor.isPresent()) {
                return Optional.of(new StoredWeight(input, value, tensor.get()));
            }
            Node producer = graph.producer(value);
            if (producer == null || !Operators.of(producer).presentsItsInput()) {
                return Optional.empty();
            }
            value = producer.input(0);
        }
        return Optional.empty();
    }
}
