package io.millrace.tensor;

import io.millrace.onnx.ElementType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.Context;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Settings of the native library, and the way of arrays into it and out of it. */
public final class Libtorch {
    private Libtorch() {}

    /**
     * Sets how many threads one operation may use, for the whole process: libtorch and the BLAS below it.
     *
     * @param threads at least 1
     */
    public static void setThreads(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, not " + threads);
        }
        try (NativeScope scope = NativeScope.open()) {
            torch.set_num_threads(threads);
            openblas_nolapack.blas_set_num_threads(threads);
        }
    }

    /**
     * Lets the calling thread, and those that libtorch starts for it from now on, take denormal numbers as zero: a
     * network that compression has left with tiny weights would else run many times slower. See {@link NativeThread}.
     */
    public static void flushDenormals(boolean flush) {
        Context.setFlushDenormal(flush);
    }

    /** Seeds every random choice libtorch makes (dropout). */
    public static void seed(long seed) {
        torch.manual_seed(seed);
    }

    /** Whether it holds neither NaN nor an infinity. */
    static boolean isFinite(Tensor tensor) {
        return !tensor.is_floating_point() || torch.isfinite(tensor).all().item_bool();
    }

    /** A copy in native memory. */
    public static Tensor copyOf(io.millrace.onnx.Tensor tensor) {
        Tensor copy = torch.empty(tensor.dims(), new TensorOptions(scalarType(tensor.type())), null);
        bytesOf(copy).put(tensor.bytes());
        return copy;
    }

    public static Tensor doubles(float[] values, long... dims) {
        return torch.tensor(values).to(ScalarType.Double).reshape(dims);
    }

    /** A copy on the Java side, contiguous in row-major order. */
    public static io.millrace.onnx.Tensor copyOf(Tensor tensor) {
        Tensor contiguous = tensor.detach().contiguous();
        ByteBuffer source = bytesOf(contiguous);
        ByteBuffer copy = ByteBuffer.allocateDirect(source.remaining()).order(ByteOrder.LITTLE_ENDIAN);
        copy.put(source).flip();
        return io.millrace.onnx.Tensor.of(elementType(tensor.scalar_type().intern()), copy, dims(tensor));
    }

    public static float[] floats(Tensor tensor) {
        Tensor contiguous = tensor.detach().to(ScalarType.Float).contiguous();
        float[] values = new float[Math.toIntExact(contiguous.numel())];
        bytesOf(contiguous).asFloatBuffer().get(values);
        return values;
    }

    public static double[] toDoubles(Tensor tensor) {
        Tensor contiguous = tensor.detach().to(ScalarType.Double).contiguous();
        double[] values = new double[Math.toIntExact(contiguous.numel())];
        bytesOf(contiguous).asDoubleBuffer().get(values);
        return values;
    }

    public static long[] longs(Tensor tensor) {
        Tensor contiguous = tensor.to(ScalarType.Long).contiguous();
        long[] values = new long[Math.toIntExact(contiguous.numel())];
        bytesOf(contiguous).asLongBuffer().get(values);
        return values;
    }

    public static Tensor ofLongs(long[] values, long... dims) {
        Tensor tensor = torch.empty(dims, new TensorOptions(ScalarType.Long), null);
        bytesOf(tensor).asLongBuffer().put(values);
        return tensor;
    }

    /** The memory of a contiguous tensor, valid as long as the tensor is. */
    public static ByteBuffer bytesOf(Tensor tensor) {
        long bytes = tensor.numel() * tensor.element_size();
        if (bytes == 0) {
            return ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);
        }
        return new BytePointer(tensor.data_ptr()).capacity(bytes).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    public static long[] dims(Tensor tensor) {
        long[] dims = new long[(int) tensor.dim()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = tensor.size(i);
        }
        return dims;
    }

    public static ScalarType scalarType(ElementType type) {
        return switch (type) {
            case FLOAT -> ScalarType.Float;
            case DOUBLE -> ScalarType.Double;
            case FLOAT16 -> ScalarType.Half;
            case BFLOAT16 -> ScalarType.BFloat16;
            case INT64 -> ScalarType.Long;
            case INT32 -> ScalarType.Int;
            case INT16 -> ScalarType.Short;
            case INT8 -> ScalarType.Char;
            case UINT8 -> ScalarType.Byte;
            case BOOL -> ScalarType.Bool;
            default -> throw new UnsupportedOperatorException("tensors of type " + type);
        };
    }

    public static ElementType elementType(ScalarType type) {
        return switch (type) {
            case Float -> ElementType.FLOAT;
            case Double -> ElementType.DOUBLE;
            case Half -> ElementType.FLOAT16;
            case BFloat16 -> ElementType.BFLOAT16;
            case Long -> ElementType.INT64;
            case Int -> ElementType.INT32;
            case Short -> ElementType.INT16;
            case Char -> ElementType.INT8;
            case Byte -> ElementType.UINT8;
            case Bool -> ElementType.BOOL;
            default -> throw new IllegalStateException("a tensor of type " + type + " has no ONNX type");
        };
    }
}
