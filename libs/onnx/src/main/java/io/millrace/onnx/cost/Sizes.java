package io.millrace.onnx.cost;

import io.millrace.onnx.Node;
import io.millrace.onnx.shape.UninferableException;
import java.util.function.Function;
import java.util.stream.IntStream;

/** A node as its cost rule sees it: the sizes of what it reads and makes. */
public final class Sizes {
    private final Node node;
    private final Function<String, long[]> dims;
    private final long batch;

    /**
     * @param dims the dimensions of a value, {@code null} where they are not known
     * @param batch how many samples the model computes at once
     */
    Sizes(Node node, Function<String, long[]> dims, long batch) {
        this.node = node;
        this.dims = dims;
        this.batch = batch;
    }

    public Node node() {
        return node;
    }

    /** Whether the i-th input is connected. */
    public boolean has(int input) {
        return !node.input(input).isEmpty();
    }

    /**
     * The dimensions of the i-th input as the model computes it.
     *
     * @throws UninferableException if they are not known
     */
    public long[] input(int i) {
        return known(node.input(i), "input " + i);
    }

    /** The dimensions of the i-th output, as {@link #input}. */
    public long[] output(int i) {
        return known(node.output(i), "output " + i);
    }

    /** The dimensions of the i-th input for one sample, where the batch runs along an axis. */
    public long[] inputSample(int i, int batchAxis) {
        return sample(input(i), batchAxis);
    }

    /** The dimensions of the first output for one sample. */
    public long[] outputSample() {
        return sample(output(0), 0);
    }

    private long[] sample(long[] dims, int axis) {
        if (axis < dims.length && dims[axis] % batch == 0) {
            dims[axis] /= batch;
        }
        return dims;
    }

    private long[] known(String value, String what) {
        long[] found = dims.apply(value);
        if (found == null) {
            throw new UninferableException("the shape of its " + what + " is not known");
        }
        return found.clone();
    }

    /**
     * The product of the dimensions from an axis on.
     *
     * @throws ArithmeticException if it overflows 64 bits
     */
    public static long product(long[] dims, int from) {
        return IntStream.range(from, dims.length).mapToLong(i -> dims[i]).reduce(1, Math::multiplyExact);
    }
}
