package io.millrace.onnx.rewrite;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import java.util.List;

/**
 * Inserts QuantizeLinear and DequantizeLinear. Scales are float tensors, scalars or one number per channel; zero points
 * have the quantized type and the scale's shape. Each method changes the graph it is given.
 */
public final class QdqInsertion {
    private QdqInsertion() {}

    /**
     * Lets these readers of a value read it rounded: value, QuantizeLinear, DequantizeLinear, reader.
     *
     * @param readers nodes of the graph; all readers of the value where the list is empty
     * @return the name of the dequantized value
     */
    public static String activation(Graph graph, String value, List<Node> readers, Tensor scale, Tensor zeroPoint) {
        throw new UnsupportedOperationException("being built");
    }

    /**
     * Stores a weight as integers, with a DequantizeLinear in front of these readers.
     *
     * @param initializer name of the float tensor, which goes if nothing else reads it
     * @param readers nodes of the graph; all readers of the weight where the list is empty
     * @param axis the axis of the scale, ignored where the scale is one number
     * @return the name of the dequantized weight
     */
    public static String weight(
            Graph graph,
            String initializer,
            List<Node> readers,
            Tensor quantized,
            Tensor scale,
            Tensor zeroPoint,
            int axis) {
        throw new UnsupportedOperationException("being built");
    }
}
