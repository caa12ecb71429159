package io.millrace.onnx.rewrite;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import java.util.List;
import java.util.Set;

/**
 * Inserts QuantizeLinear and DequantizeLinear. Scales are float tensors, scalars or one number per channel; zero points
 * have the quantized type and the scale's shape. Each method changes the graph it is given; the reading nodes are
 * replaced, so node objects taken from the graph before are stale: get them again by the values they make.
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
        List<Node> reading = readers.isEmpty() ? graph.consumers(value) : readers;
        String scaleName = graph.addInitializer(value + "_scale", scale);
        String zeroName = graph.addInitializer(value + "_zero_point", zeroPoint);
        String quantized = graph.freshName(value + "_quantized");
        String dequantized = graph.freshName(value + "_dequantized");
        Node quantize = Node.of(
                "QuantizeLinear",
                graph.freshName(value + "_quantize"),
                List.of(value, scaleName, zeroName),
                List.of(quantized));
        Node dequantize = Node.of(
                "DequantizeLinear",
                graph.freshName(value + "_dequantize"),
                List.of(quantized, scaleName, zeroName),
                List.of(dequantized));
        graph.insertBefore(first(graph, reading), List.of(quantize, dequantize));
        redirect(graph, reading, value, dequantized);
        return dequantized;
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
        List<Node> reading = readers.isEmpty() ? graph.consumers(initializer) : readers;
        String stored = graph.addInitializer(initializer + "_quantized", quantized);
        String scaleName = graph.addInitializer(initializer + "_scale", scale);
        String zeroName = graph.addInitializer(initializer + "_zero_point", zeroPoint);
        String dequantized = graph.freshName(initializer + "_dequantized");
        Node dequantize = Node.of(
                "DequantizeLinear",
                graph.freshName(initializer + "_dequantize"),
                List.of(stored, scaleName, zeroName),
                List.of(dequantized));
        graph.insertBefore(
                first(graph, reading), List.of(scale.rank() == 0 ? dequantize : dequantize.with("axis", axis)));
        redirect(graph, reading, initializer, dequantized);
        Weights.dropUnread(graph, List.of(initializer));
        return dequantized;
    }

    private static Node first(Graph graph, List<Node> readers) {
        Set<Node> wanted = Set.copyOf(readers);
        return graph.nodes().stream()
                .filter(wanted::contains)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("none of the readers is in the graph"));
    }

    private static void redirect(Graph graph, List<Node> readers, String value, String other) {
        for (Node reader : readers) {
            graph.replace(
                    reader,
                    reader.withInputs(reader.inputs().stream()
                            .map(input -> input.equals(value) ? other : input)
                            .toList()));
        }
    }
}
