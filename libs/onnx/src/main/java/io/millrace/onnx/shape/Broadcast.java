package io.millrace.onnx.shape;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BinaryOperator;

/** Multidirectional broadcasting: axes are matched from the last, and size 1 stretches. */
public final class Broadcast {
    private Broadcast() {}

    /**
     * {@return the common dimensions of several; sizes that cannot be told are new symbols of the call's first output}
     *
     * @param call the node whose shapes are inferred
     * @param operands dimensions of each, in any number of axes
     */
    public static List<Dim> dims(Call call, List<List<Dim>> operands) {
        int rank = operands.stream().mapToInt(List::size).max().orElse(0);
        List<Dim> result = new ArrayList<>();
        for (int axis = 0; axis < rank; axis++) {
            Dim common = Dim.of(1);
            for (List<Dim> dims : operands) {
                int at = axis - rank + dims.size();
                common = at < 0 ? common : common(common, dims.get(at), call.fresh(0, axis));
            }
            result.add(common);
        }
        return result;
    }

    /**
     * {@return the size that two have together}
     *
     * @param a a size of the first
     * @param b a size of the second
     * @param otherwise what it is called where neither is known
     * @throws UninferableException if they do not broadcast
     */
    public static Dim common(Dim a, Dim b, Dim otherwise) {
        if (a.equals(b) || b.is(1)) {
            return a;
        }
        if (a.is(1)) {
            return b;
        }
        if (a.known() && b.known()) {
            throw new UninferableException("dimensions " + a + " and " + b + " do not broadcast");
        }
        return a.known() ? a : b.known() ? b : otherwise;
    }

    /**
     * Applies a function to two small tensors; where it gives {@code null} the element is not known.
     *
     * @param a elements of the first
     * @param b elements of the second
     * @param function of two elements; gives {@code null} where the result is not known
     * @return elements of the result; {@code null} if their number is not known
     */
    public static Value apply(Value a, Value b, BinaryOperator<Dim> function) {
        int rank = Math.max(a.dims().length, b.dims().length);
        long[] dims = new long[rank];
        long count = 1;
        for (int axis = 0; axis < rank; axis++) {
            long left = size(a, axis, rank);
            long right = size(b, axis, rank);
            if (left != right && left != 1 && right != 1) {
                throw new UninferableException("dimensions " + left + " and " + right + " do not broadcast");
            }
            dims[axis] = left == 1 ? right : left;
            count = Math.multiplyExact(count, dims[axis]);
        }
        if (count > Value.MOST_ELEMENTS) {
            throw new UninferableException("too many elements to follow");
        }
        Dim[] elements = new Dim[(int) count];
        for (int i = 0; i < count; i++) {
            elements[i] = function.apply(at(a, i, dims), at(b, i, dims));
        }
        return new Value(dims, elements);
    }

    private static long size(Value value, int axis, int rank) {
        int at = axis - rank + value.dims().length;
        return at < 0 ? 1 : value.dims()[at];
    }

    private static Dim at(Value value, int index, long[] dims) {
        int offset = 0;
        int step = 1;
        for (int axis = dims.length - 1; axis >= dims.length - value.dims().length; axis--) {
            long size = size(value, axis, dims.length);
            offset += (size == 1 ? 0 : index % (int) dims[axis]) * step;
            step *= (int) size;
            index /= (int) dims[axis];
        }
        return value.elements()[offset];
    }
}
