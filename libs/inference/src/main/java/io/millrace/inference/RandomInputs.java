package io.millrace.inference;

import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/** Normally distributed inputs of the shapes a model declares, for measurements that need no real data. */
public final class RandomInputs {
    private static final int LARGEST = 1 << 27;

    private RandomInputs() {}

    /**
     * @param batch what an open first dimension becomes; other open dimensions become 1
     * @return by input name; float inputs are normal, integer inputs zero
     */
    public static Map<String, Tensor> of(OnnxModel model, int batch, long seed) {
        return of(model, Map.of(), batch, seed);
    }

    /**
     * @param sizes dimensions by input name, in place of the ones the model declares
     * @throws InferenceException if an input is too large to be made
     */
    public static Map<String, Tensor> of(OnnxModel model, Map<String, long[]> sizes, int batch, long seed) {
        Random random = new Random(seed);
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        for (ValueInfoProto input : model.graph().inputs()) {
            TypeProto.Tensor declared = input.getType().getTensorType();
            ElementType type = ElementType.of(declared.getElemType());
            long[] dims = sizes.getOrDefault(input.getName(), dims(declared.getShape(), batch));
            checkSize(input.getName(), dims);
            inputs.put(input.getName(), tensor(type, dims, random));
        }
        return inputs;
    }

    private static long[] dims(TensorShapeProto shape, int batch) {
        long[] dims = new long[shape.getDimCount()];
        for (int i = 0; i < dims.length; i++) {
            TensorShapeProto.Dimension dim = shape.getDim(i);
            dims[i] = dim.hasDimValue() && dim.getDimValue() > 0 ? dim.getDimValue() : i == 0 ? batch : 1;
        }
        return dims;
    }

    private static void checkSize(String input, long[] dims) {
        double count = Arrays.stream(dims).mapToDouble(d -> d).reduce(1, (a, b) -> a * b);
        if (count > LARGEST) {
            throw new InferenceException(
                    "input '%s' of shape %s is too large for random values".formatted(input, Arrays.toString(dims)),
                    null);
        }
    }

    private static Tensor tensor(ElementType type, long[] dims, Random random) {
        long count = 1;
        for (long dim : dims) {
            count = Math.multiplyExact(count, dim);
        }
        if (!type.isFloatingPoint()) {
            return Tensor.of(type, ByteBuffer.allocateDirect(Math.toIntExact(type.bytes(count))), dims);
        }
        ByteBuffer data = ByteBuffer.allocateDirect(Math.toIntExact(count * 4)).order(ByteOrder.LITTLE_ENDIAN);
        while (data.hasRemaining()) {
            data.putFloat((float) random.nextGaussian());
        }
        return Tensor.of(ElementType.FLOAT, data.flip(), dims).as(type);
    }
}
