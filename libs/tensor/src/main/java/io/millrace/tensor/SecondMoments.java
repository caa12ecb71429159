package io.millrace.tensor;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The mean of x x' over rows x that never are in memory at once. Memory is [size x size] doubles whatever the number of
 * rows. Not for use by several threads at a time.
 */
public final class SecondMoments implements AutoCloseable {
    private final int size;
    private final Tensor sums;
    private long rows;

    /** @param size numbers in a row */
    public SecondMoments(int size) {
        this.size = size;
        NativeScope.ready();
        this.sums = torch.zeros(new long[] {size, size}, new TensorOptions(ScalarType.Double));
    }

    /**
     * Takes in rows.
     *
     * @param values [count x size], row-major
     */
    public void add(float[] values, int count) {
        if (values.length != (long) count * size) {
            throw new IllegalArgumentException("%d rows of %d, but %d values".formatted(count, size, values.length));
        }
        if (count > 0) {
            try (NativeScope scope = NativeScope.open()) {
                Tensor x = torch.tensor(values).reshape(count, size);
                sums.add_(torch.mm(x.t(), x));
            }
            rows += count;
        }
    }

    /** Rows taken in so far. */
    public long rows() {
        return rows;
    }

    /** The mean; zero if there were no rows. */
    public Matrix mean() {
        try (NativeScope scope = NativeScope.open()) {
            double[] means = Libtorch.toDoubles(sums.div(new Scalar((double) Math.max(1, rows))));
            return new Matrix(means, size, size);
        }
    }

    /** Frees the sums. */
    @Override
    public void close() {
        sums.close();
    }
}
