package io.millrace.onnx.cost;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import java.util.Optional;

/**
 * The stored weight of a layer, read directly or through operators that only present it: Identity, Cast, Transpose,
 * Reshape, DequantizeLinear.
 *
 * @param input which input of the layer it is
 * @param name the value that holds it: an initializer or the output of a Constant node
 */
public record StoredWeight(int input, String name, Tensor tensor) {
    private static final int LONGEST_CHAIN = 16;

    /** The weight of a layer; empty if the node is no layer or has no stored weight. */
    public static Optional<StoredWeight> of(Graph graph, Node node) {
        if (!node.domain().isEmpty()) {
            return Optional.empty();
        }
        return switch (node.op()) {
            case "Conv", "ConvTranspose", "ConvInteger", "Gemm" -> behind(graph, node, 1);
            case "QLinearConv", "QLinearMatMul" -> behind(graph, node, 3);
            case "MatMul", "MatMulInteger" -> behind(graph, node, 1).or(() -> behind(graph, node, 0));
            default -> Optional.empty();
        };
    }

    private static Optional<StoredWeight> behind(Graph graph, Node layer, int input) {
        String value = layer.input(input);
        for (int i = 0; i < LONGEST_CHAIN; i++) {
            Optional<Tensor> tensor = graph.constant(value);
            if (tensor.isPresent()) {
                String name = value;
                return tensor.filter(t -> t.rank() >= 2).map(t -> new StoredWeight(input, name, t));
            }
            Node producer = graph.producer(value);
            if (producer == null
                    || !producer.is("Identity", "Cast", "Transpose", "Reshape", "QuantizeLinear", "DequantizeLinear")) {
                return Optional.empty();
            }
            value = producer.input(0);
        }
        return Optional.empty();
    }

    /** The input that is the layer's bias, 0 if it has none. */
    int biasInput(Node layer) {
        return switch (layer.op()) {
            case "Conv", "ConvTranspose", "Gemm" -> 2;
            case "QLinearConv" -> 8;
            default -> 0;
        };
    }
}
