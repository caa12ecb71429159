package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import java.util.Optional;

/** Reads the value of Constant nodes, in each of the forms ONNX allows. */
final class Constants {
    private Constants() {}

    static Optional<Tensor> valueOf(Node node) {
        if (!node.is("Constant") || node.proto().getAttributeCount() == 0) {
            return Optional.empty();
        }
        AttributeProto attribute = node.proto().getAttribute(0);
        return switch (attribute.getName()) {
            case "value" -> attribute.hasT() ? Tensor.numbers(attribute.getT()) : Optional.empty();
            case "value_float" -> Optional.of(Tensor.scalar(attribute.getF()));
            case "value_int" -> Optional.of(Tensor.ofLongs(new long[] {attribute.getI()}));
            case "value_floats" -> {
                float[] values = new float[attribute.getFloatsCount()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = attribute.getFloats(i);
                }
                yield Optional.of(Tensor.ofFloats(values, values.length));
            }
            case "value_ints" -> {
                long[] values = attribute.getIntsList().stream()
                        .mapToLong(Long::longValue)
                        .toArray();
                yield Optional.of(Tensor.ofLongs(values, values.length));
            }
            default -> Optional.empty();
        };
    }
}
