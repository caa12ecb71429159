package io.millrace.data;

import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.ElementType;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * What a model says of one of its inputs or outputs.
 *
 * @param dims -1 where it is a symbol; {@code null} where the shape is not stated
 */
record ModelInput(String name, ElementType type, long[] dims) {

    static ModelInput of(ValueInfoProto value) {
        TypeProto.Tensor tensor = value.getType().getTensorType();
        long[] dims = tensor.hasShape()
                ? tensor.getShape().getDimList().stream()
                        .mapToLong(d -> d.hasDimValue() ? d.getDimValue() : -1)
                        .toArray()
                : null;
        ElementType type = tensor.getElemType() == 0 ? ElementType.FLOAT : ElementType.of(tensor.getElemType());
        return new ModelInput(value.getName(), type, dims);
    }

    /** Whether samples of this shape may be its rows. */
    boolean takes(long[] sampleDims) {
        if (dims == null) {
            return true;
        }
        if (dims.length != sampleDims.length + 1) {
            return false;
        }
        for (int i = 0; i < sampleDims.length; i++) {
            if (dims[i + 1] >= 0 && dims[i + 1] != sampleDims[i]) {
                return false;
            }
        }
        return true;
    }

    /** The shape for people: {@code [N, 3, 224, 224]}. */
    String shown() {
        if (dims == null || dims.length == 0) {
            return Arrays.toString(dims);
        }
        return LongStream.of(Arrays.copyOfRange(dims, 1, dims.length))
                .mapToObj(d -> d < 0 ? "any" : Long.toString(d))
                .collect(Collectors.joining(", ", "[N, ", "]"))
                .replace("[N, ]", "[N]");
    }
}
