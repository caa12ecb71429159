package io.millrace.data;

import io.millrace.onnx.ElementType;
import java.util.Arrays;

/**
 * What is known of an array before its values are read.
 *
 * @param type of the stored elements
 * @param dims the first counts samples
 */
record ArrayHeader(ElementType type, long[] dims) {

    /** Samples in the array. */
    int samples() {
        return dims.length == 0 ? 0 : (int) dims[0];
    }

    /** The shape of one sample. */
    long[] sampleDims() {
        return Arrays.copyOfRange(dims, 1, dims.length);
    }

    /** Bytes of all values. */
    long bytes() {
        return type.bytes(count(dims));
    }

    /** Product of dimensions. */
    static long count(long[] dims) {
        long count = 1;
        for (long dim : dims) {
            count = Math.multiplyExact(count, dim);
        }
        return count;
    }

    @Override
    public String toString() {
        return type + Arrays.toString(dims);
    }
}
