package io.millrace.inference.sensitivity;

import io.millrace.onnx.Tensor;

/** Choices themselves: the share that is equal. */
final class IndexComparison implements OutputComparison {
    private long equal;
    private long count;

    @Override
    public void add(Tensor expected, Tensor actual, int rows) {
        long[] wanted = expected.longs();
        long[] given = actual.longs();
        int end = OutputComparison.counted(expected, rows);
        for (int i = 0; i < end; i++) {
            equal += wanted[i] == given[i] ? 1 : 0;
        }
        count += end;
    }

    @Override
    public double loss() {
        return 1 - agreement();
    }

    @Override
    public double agreement() {
        return (double) equal / count;
    }
}
