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

    /** {@return the node whose sizes these are} */
    public Node node() {
        return node;
    }

    /**
     * {@return whether the i-th input is connected}
     *
     * @param input number of the input, from 0
     */
    public boolean has(int input) {
        return !node.input(input).isEmpty();
    }

    /**
     * {@return the dimensions of the i-th input as the model computes it}
     *
     * @param i number of the input, from 0
     * @throws UninferableException if they are not known
     */
    public long[] input(int i) {
        return known(node.input(i), "input " + i);
    }

    /**
     * {@return the dimensions of the i-th output, as {@link #input}}
     *
     * @param i number of the output, from 0
     */
    public long[] output(int i) {
        return known(node.output(i), "output " + i);
    }

    /**
     * {@return the dimensions of the i-th input for one sample, where the batch runs along an axis}
     *
     * @param i number of the input, from 0
     * @param batchAxis the axis that counts samples
     */
    public long[] inputSample(int i, int batchAxis) {
        return sample(input(i), batchAxis);
    }

    /** {@return the dimensions of the first output for one sample} */
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
     * {@return the product of the dimensions from an axis on}
     *
     * @param dims sizes
     * @param from number of the first axis that counts
     * @throws ArithmeticException if it overflows 64 bits
     */
    public static long product(long[] dims, int from) {
        return IntStream.range(from, dims.length).mapToLong(i -> dims[i]).reduce(1, Math::multiplyExact);
    }
}
