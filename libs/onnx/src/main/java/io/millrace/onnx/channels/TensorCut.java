package io.millrace.onnx.channels;

import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Cuts rows out of tensors along any axis. */
final class TensorCut {
    private TensorCut() {}

    /** The tensor with only these positions along an axis. */
    static Tensor keep(Tensor tensor, int axis, int[] kept) {
        long[] dims = tensor.dims();
        int outer = (int) product(dims, 0, axis);
        int row = Math.toIntExact(tensor.type().bytes(product(dims, axis + 1, dims.length)));
        int size = (int) dims[axis];
        dims[axis] = kept.length;
        ByteBuffer from = tensor.bytes();
        ByteBuffer to = ByteBuffer.allocate(outer * kept.length * row).order(ByteOrder.LITTLE_ENDIAN);
        for (int o = 0; o < outer; o++) {
            for (int k : kept) {
                to.put(from.slice((o * size + k) * row, row));
            }
        }
        return Tensor.of(tensor.type(), to.flip(), dims);
    }

    /** The tensor with zeros at these positions along an axis. */
    static Tensor zero(Tensor tensor, int axis, int[] positions) {
        long[] dims = tensor.dims();
        int outer = (int) product(dims, 0, axis);
        int row = Math.toIntExact(tensor.type().bytes(product(dims, axis + 1, dims.length)));
        ByteBuffer to = ByteBuffer.allocate(tensor.bytes().remaining()).order(ByteOrder.LITTLE_ENDIAN);
        to.put(tensor.bytes()).flip();
        byte[] zeros = new byte[row];
        for (int o = 0; o < outer; o++) {
            for (int position : positions) {
                to.put((int) (o * dims[axis] + position) * row, zeros);
            }
        }
        return Tensor.of(tensor.type(), to, dims);
    }

    /**
     * The weight {@code [M, C/groups, ...]} of a grouped convolution with only these of its {@code C} input channels, as
     * many of each group.
     */
    static Tensor keepGrouped(Tensor weight, int groups, int[] kept) {
        int rows = (int) weight.dim(0) / groups;
        int columns = (int) weight.dim(1);
        Tensor[] parts = new Tensor[groups];
        int bytes = 0;
        for (int g = 0; g < groups; g++) {
            int first = g;
            int[] block = Arrays.stream(kept)
                    .filter(c -> c / columns == first)
                    .map(c -> c % columns)
                    .toArray();
            int[] blockRows = new int[rows];
            Arrays.setAll(blockRows, r -> first * rows + r);
            parts[g] = keep(keep(weight, 0, blockRows), 1, block);
            bytes += parts[g].bytes().remaining();
        }
        ByteBuffer joined = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        for (Tensor part : parts) {
            joined.put(part.bytes());
        }
        long[] dims = weight.dims();
        dims[1] = parts[0].dim(1);
        return Tensor.of(weight.type(), joined.flip(), dims);
    }

    /** The same weight with zeros for these of its input channels. */
    static Tensor zeroGrouped(Tensor weight, int groups, int[] channels) {
        int rows = (int) weight.dim(0) / groups;
        int columns = (int) weight.dim(1);
        int row = Math.toIntExact(weight.type().bytes(product(weight.dims(), 2, weight.rank())));
        ByteBuffer to = ByteBuffer.allocate(weight.bytes().remaining()).order(ByteOrder.LITTLE_ENDIAN);
        to.put(weight.bytes()).flip();
        for (int c : channels) {
            for (int r = 0; r < rows; r++) {
                to.put(((c / columns * rows + r) * columns + c % columns) * row, new byte[row]);
            }
        }
        return Tensor.of(weight.type(), to, weight.dims());
    }

    private static long product(long[] dims, int from, int to) {
        long product = 1;
        for (int i = from; i < to; i++) {
            product *= dims[i];
        }
        return product;
    }
}
