package io.millrace.pruning;

import io.millrace.onnx.Tensor;
import io.millrace.onnx.channels.Slot;

/** The numbers of a tensor that belong to each unit of a group. */
final class Slice {
    private Slice() {}

    /**
     * @param rowFactors what each row (index on axis 0) is multiplied by; {@code null} for nothing
     * @return by unit
     */
    static double[][] of(Tensor tensor, Slot slot, double[] rowFactors) {
        long[] dims = tensor.dims();
        float[] values = tensor.floats();
        int inner = 1;
        for (int axis = slot.axis() + 1; axis < dims.length; axis++) {
            inner *= (int) dims[axis];
        }
        int length = (int) dims[slot.axis()];
        int outer = values.length / inner / length;
        double[][] slices = new double[slot.indices().length][];
        for (int unit = 0; unit < slices.length; unit++) {
            int[] positions = slot.indices()[unit];
            double[] slice = new double[positions.length * inner * (outer / slot.groups())];
            int at = 0;
            for (int position : positions) {
                // of a grouped convolution a channel is a column of its own group's rows only
                int first = outer / slot.groups() * (position / length % slot.groups());
                for (int o = first; o < first + outer / slot.groups(); o++) {
                    for (int i = 0; i < inner; i++) {
                        int index = (o * length + position % length) * inner + i;
                        int row = slot.axis() == 0 ? position : o * (int) dims[0] / outer;
                        double factor = rowFactors == null || row >= rowFactors.length ? 1 : rowFactors[row];
                        slice[at++] = values[index] * factor;
                    }
                }
            }
            slices[unit] = slice;
        }
        return slices;
    }
}
