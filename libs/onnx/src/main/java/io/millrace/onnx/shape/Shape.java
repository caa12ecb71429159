package io.millrace.onnx.shape;

import io.millrace.onnx.ElementType;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** Element type and dimensions of a value; a scalar has no dimensions. */
public record Shape(ElementType type, List<Dim> dims) {
    /**
     * Copies the dimensions.
     *
     * @param type of the elements
     * @param dims one for each axis
     */
    public Shape {
        dims = List.copyOf(dims);
    }

    /**
     * {@return a shape of known numbers}
     *
     * @param type of the elements
     * @param dims sizes; negative ones are unknown, each by itself
     */
    public static Shape of(ElementType type, long... dims) {
        return new Shape(type, LongStream.of(dims).mapToObj(Dim::of).toList());
    }

    /** {@return how many axes it has} */
    public int rank() {
        return dims.size();
    }

    /**
     * {@return the dimension of an axis; negative axes count from the end}
     *
     * @param axis from 0, or negative from the last
     */
    public Dim dim(int axis) {
        return dims.get(axis < 0 ? axis + dims.size() : axis);
    }

    /** {@return whether every dimension is a number} */
    public boolean known() {
        return dims.stream().allMatch(Dim::known);
    }

    /**
     * {@return the dimensions, every symbol replaced by this number (1 for the costs of one sample)}
     *
     * @param symbolic what each symbol stands for
     */
    public long[] sized(long symbolic) {
        return dims.stream().mapToLong(dim -> dim.sized(symbolic)).toArray();
    }

    /** For people: {@code batch x 64 x 56 x 56}. */
    @Override
    public String toString() {
        return dims.isEmpty() ? "scalar" : dims.stream().map(Dim::toString).collect(Collectors.joining(" x "));
    }
}
