package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Optional;

/**
 * A dense array: element type, shape and little-endian bytes. Immutable; a tensor that came out of a file keeps its
 * protobuf message, so that writing it unchanged gives the same bytes, and its data may be a view of the mapped file.
 * Strings are not held here: a string tensor has its message only.
 */
public final class Tensor {
    private final ElementType type;
    private final long[] dims;
    private final ByteBuffer data;
    private final TensorProto origin;

    private Tensor(ElementType type, long[] dims, ByteBuffer data, TensorProto origin) {
        this.type = type;
        this.dims = dims;
        this.data = data;
        this.origin = origin;
    }

    /**
     * {@return a tensor over these little-endian bytes, which are not copied and must not change}
     *
     * @param type of the elements
     * @param data little-endian, row-major, without padding; it is not copied
     * @param dims sizes, none for a single number
     */
    public static Tensor of(ElementType type, ByteBuffer data, long... dims) {
        long expected = type.bytes(count(dims));
        if (data.remaining() != expected) {
            throw new InvalidModelException("a %s tensor of shape %s needs %d bytes, not %d"
                    .formatted(type, Arrays.toString(dims), expected, data.remaining()));
        }
        return new Tensor(type, dims.clone(), data.slice().order(ByteOrder.LITTLE_ENDIAN), null);
    }

    /**
     * {@return a FLOAT tensor of these values in row-major order, which are copied}
     *
     * @param values the numbers, in row-major order
     * @param dims sizes, none for a single number
     */
    public static Tensor ofFloats(float[] values, long... dims) {
        ByteBuffer data = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return of(ElementType.FLOAT, data, dims);
    }

    /**
     * {@return an INT64 tensor of these values in row-major order, which are copied}
     *
     * @param values the numbers, in row-major order
     * @param dims sizes, none for a single number
     */
    public static Tensor ofLongs(long[] values, long... dims) {
        ByteBuffer data = ByteBuffer.allocate(values.length * 8).order(ByteOrder.LITTLE_ENDIAN);
        data.asLongBuffer().put(values);
        return of(ElementType.INT64, data, dims);
    }

    /**
     * {@return one FLOAT number, without dimensions}
     *
     * @param value the number
     */
    public static Tensor scalar(float value) {
        return ofFloats(new float[] {value});
    }

    /**
     * A tensor that was read from a file.
     *
     * @param data its bytes, wherever they were stored; {@code null} for strings
     */
    static Tensor read(TensorProto origin, ByteBuffer data) {
        long[] dims = origin.getDimsList().stream().mapToLong(Long::longValue).toArray();
        return new Tensor(
                ElementType.of(origin.getDataType()),
                dims,
                data == null ? null : data.slice().order(ByteOrder.LITTLE_ENDIAN),
                origin);
    }

    /**
     * {@return the tensor stored in an attribute; empty if it holds no numbers, or not the ones its shape needs}
     *
     * @param attribute a tensor as messages have it
     */
    public static Optional<Tensor> numbers(TensorProto attribute) {
        try {
            Tensor tensor = TensorReader.inline(attribute);
            return tensor.type() == ElementType.STRING ? Optional.empty() : Optional.of(tensor);
        } catch (InvalidModelException e) {
            return Optional.empty();
        }
    }

    /** {@return the type of its elements} */
    public ElementType type() {
        return type;
    }

    /** {@return the shape; a scalar has none} */
    public long[] dims() {
        return dims.clone();
    }

    /**
     * {@return the size along an axis, counted from 0}
     *
     * @param axis from 0, or negative from the last
     */
    public long dim(int axis) {
        return dims[axis];
    }

    /** {@return the number of axes} */
    public int rank() {
        return dims.length;
    }

    /** {@return number of elements} */
    public long count() {
        return count(dims);
    }

    /** {@return the little-endian bytes, read-only, at position 0} */
    public ByteBuffer bytes() {
        return data.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** {@return the values as 32-bit floats, converted from whatever numbers they are; a fresh array} */
    public float[] floats() {
        return TensorValues.floats(this);
    }

    /** {@return the values as 64-bit integers, converted from whatever integers they are; a fresh array} */
    public long[] longs() {
        return TensorValues.longs(this);
    }

    /**
     * {@return the same bytes under another shape of as many elements}
     *
     * @param shape sizes of as many elements
     */
    public Tensor reshape(long... shape) {
        return of(type, bytes(), shape);
    }

    /**
     * {@return the same values in another element type: a float type or an integer type} Rounds to nearest even.
     *
     * @param wanted type of the result
     */
    public Tensor as(ElementType wanted) {
        return wanted == type ? this : TensorValues.convert(this, wanted);
    }

    /** As a message of this name that holds the data itself; the one it was read from where there is one. */
    TensorProto toProto(String name) {
        if (origin == null) {
            return describe(name)
                    .setRawData(UnsafeByteOperations.unsafeWrap(bytes()))
                    .build();
        }
        if (ExternalData.isExternal(origin)) {
            return describe(name)
                    .clearExternalData()
                    .clearDataLocation()
                    .setRawData(UnsafeByteOperations.unsafeWrap(bytes()))
                    .build();
        }
        return origin.getName().equals(name) ? origin : describe(name).build();
    }

    /** A message of this name, without data where the tensor was made here. */
    TensorProto.Builder describe(String name) {
        if (origin != null) {
            return origin.toBuilder().setName(name);
        }
        TensorProto.Builder built = TensorProto.newBuilder().setName(name).setDataType(type.code());
        for (long dim : dims) {
            built.addDims(dim);
        }
        return built;
    }

    /** The declaration of an input that has this tensor as its default. */
    ValueInfoProto declaration(String name) {
        ValueInfoProto.Builder built = ValueInfoProto.newBuilder().setName(name);
        TypeProto.Tensor.Builder declared =
                built.getTypeBuilder().getTensorTypeBuilder().setElemType(type.code());
        TensorShapeProto.Builder shape = declared.getShapeBuilder();
        for (long dim : dims) {
            shape.addDimBuilder().setDimValue(dim);
        }
        return built.build();
    }

    /** Whether the data was read from a file beside the model. */
    boolean isExternal() {
        return origin != null && ExternalData.isExternal(origin);
    }

    /** Bytes of the data; 0 for strings. */
    long size() {
        return data == null ? 0 : data.remaining();
    }

    /** Product of dimensions. @throws InvalidModelException if one is negative or the product overflows */
    static long count(long... dims) {
        long count = 1;
        for (long dim : dims) {
            if (dim < 0) {
                throw new InvalidModelException("negative dimension in shape " + Arrays.toString(dims));
            }
            try {
                count = Math.multiplyExact(count, dim);
            } catch (ArithmeticException e) {
                throw new InvalidModelException("shape " + Arrays.toString(dims) + " overflows 64 bits");
            }
        }
        return count;
    }

    @Override
    public String toString() {
        return type + Arrays.toString(dims);
    }
}
