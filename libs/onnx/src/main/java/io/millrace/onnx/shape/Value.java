package io.millrace.onnx.shape;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;

/**
 * The elements of a small tensor as far as they are known before the model runs, in row-major order; an element that
 * is not known is {@code null}. Truth values are 0 and 1.
 */
public record Value(long[] dims, Dim[] elements) {
    /** Larger tensors are not followed: shapes are not made of them. */
    public static final int MOST_ELEMENTS = 1024;

    /** Floats are scales of a Resize or bounds of a Range; longer ones are weights. */
    private static final int MOST_FLOATS = 16;

    /**
     * {@return a tensor of one element and no axes}
     *
     * @param element the one element
     */
    public static Value scalar(Dim element) {
        return new Value(new long[0], new Dim[] {element});
    }

    /**
     * {@return a tensor of one axis}
     *
     * @param elements in order; {@code null} where one is not known
     */
    public static Value vector(List<Dim> elements) {
        return new Value(new long[] {elements.size()}, elements.toArray(Dim[]::new));
    }

    /**
     * {@return a tensor's elements, if it holds few numbers}
     *
     * @param tensor any stored tensor
     */
    public static Optional<Value> of(Tensor tensor) {
        ElementType type = tensor.type();
        if (tensor.count() > (isInteger(type) ? MOST_ELEMENTS : type.isFloatingPoint() ? MOST_FLOATS : -1)) {
            return Optional.empty();
        }
        Dim[] elements;
        if (type.isFloatingPoint()) {
            float[] floats = tensor.floats();
            elements = new Dim[floats.length];
            Arrays.setAll(elements, i -> Float.isFinite(floats[i]) ? Dim.ofReal(floats[i]) : null);
        } else {
            elements = LongStream.of(tensor.longs()).mapToObj(Dim::of).toArray(Dim[]::new);
        }
        return Optional.of(new Value(tensor.dims(), elements));
    }

    /**
     * {@return whether elements of this type are whole numbers or truth values}
     *
     * @param type of the elements
     */
    public static boolean isInteger(ElementType type) {
        return switch (type) {
            case INT64, INT32, INT16, INT8, UINT64, UINT32, UINT16, UINT8, BOOL -> true;
            default -> false;
        };
    }

    /**
     * {@return elements of other dimensions, each taken from here by its position along every axis}
     *
     * @param newDims of the result
     * @param from where each element is taken from
     */
    public Value pick(long[] newDims, UnaryOperator<int[]> from) {
        int count = 1;
        for (long dim : newDims) {
            count = Math.toIntExact(Math.min(Math.multiplyExact(count, dim), MOST_ELEMENTS + 1L));
        }
        if (count > MOST_ELEMENTS) {
            throw new UninferableException("too many elements to follow");
        }
        Dim[] picked = new Dim[count];
        int[] position = new int[newDims.length];
        for (int i = 0; i < count; i++) {
            int rest = i;
            for (int axis = newDims.length - 1; axis >= 0; axis--) {
                position[axis] = rest % (int) newDims[axis];
                rest /= (int) newDims[axis];
            }
            int[] source = from.apply(position);
            int at = 0;
            for (int axis = 0; axis < dims.length; axis++) {
                at = at * (int) dims[axis] + source[axis];
            }
            picked[i] = elements[at];
        }
        return new Value(newDims, picked);
    }

    /** {@return whether every element is known, as a number or a formula} */
    public boolean complete() {
        return Arrays.stream(elements).noneMatch(e -> e == null);
    }

    /** {@return the numbers, if all of them are known} */
    public Optional<long[]> longs() {
        return complete() && Arrays.stream(elements).allMatch(Dim::known)
                ? Optional.of(Arrays.stream(elements).mapToLong(Dim::value).toArray())
                : Optional.empty();
    }
}
