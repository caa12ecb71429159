package io.millrace.svd.layer;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * The stored tensor a layer multiplies by, read directly, through Identity, or, a matrix, through Transpose.
 *
 * @param name the value that holds it: an initializer or the output of a Constant node
 * @param transposed whether the layer multiplies by the transposed of what is stored
 */
record Operand(String name, Tensor tensor, boolean transposed) {
    private static final int LONGEST_CHAIN = 16;

    /** The right operand of a layer; empty if it is computed. */
    static Optional<Operand> of(Graph graph, Node layer) {
        String value = layer.input(1);
        boolean transposed = layer.is("Gemm") && layer.intAttribute("transB", 0) != 0;
        for (int i = 0; i < LONGEST_CHAIN; i++) {
            Tensor tensor = graph.constant(value).orElse(null);
            if (tensor != null) {
                return Optional.of(new Operand(value, tensor, transposed));
            }
            Node producer = graph.producer(value);
            if (producer == null || !presents(producer)) {
                return Optional.empty();
            }
            transposed ^= producer.is("Transpose");
            value = producer.input(0);
        }
        return Optional.empty();
    }

    /** A node that reads a stored tensor for something else than these layers do. */
    static Optional<String> otherReader(Graph graph, String value, List<Node> layers) {
        if (graph.isOutput(value)) {
            return Optional.of("the network's output");
        }
        for (Node reader : graph.consumers(value)) {
            if (layers.contains(reader) && reader.inputs().indexOf(value) == 1) {
                continue;
            }
            Optional<String> other =
                    presents(reader) ? otherReader(graph, reader.output(0), layers) : Optional.of(reader.label());
            if (other.isPresent()) {
                return other;
            }
        }
        return Optional.empty();
    }

    private static boolean presents(Node node) {
        long[] order = node.intsAttribute("perm");
        return node.is("Identity")
                || node.is("Transpose")
                        && (order == null || order.length == 0 || order.length == 2 && order[0] == 1 && order[1] == 0);
    }
}
