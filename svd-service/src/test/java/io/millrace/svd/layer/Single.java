package io.millrace.svd.layer;

import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.selection.Networks;
import java.util.Arrays;
import java.util.List;

/** Layers without a network around them. */
public final class Single {
    private Single() {}

    /**
     * A convolution with random weights.
     *
     * @param size of its output map along each axis; {@code stride} times that of its input
     */
    public static Layer convolution(int size, int stride, long... weight) {
        return convolution(size, stride, Networks.random(1, weight));
    }

    /** A convolution with this weight. */
    public static Layer convolution(int size, int stride, Tensor weight) {
        long[] output = new long[weight.rank() - 2];
        long[] input = new long[weight.rank() - 2];
        Arrays.fill(output, size);
        Arrays.fill(input, (long) size * stride);
        Node conv = Node.of("Conv", "conv", List.of("x", "w"), List.of("y"));
        return new Layer(Layer.Kind.CONVOLUTION, List.of(new Layer.Use(conv, input, output)), weight, false);
    }

    /** A fully connected layer of one row. */
    public static Layer matrix(long inputs, long outputs) {
        long[] row = {1};
        Node node = Node.of("MatMul", "fc", List.of("x", "w"), List.of("y"));
        return new Layer(
                Layer.Kind.MATRIX,
                List.of(new Layer.Use(node, row, row)),
                Tensor.ofFloats(new float[(int) (inputs * outputs)], inputs, outputs),
                false);
    }
}
