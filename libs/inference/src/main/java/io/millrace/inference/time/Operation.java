package io.millrace.inference.time;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.shape.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One step of a network as the runtime computes it: an operator with what it fuses into it, most often a convolution with
 * its activation. Says nothing of the values that it reads, so that equal steps of any networks have one time.
 *
 * @param output the value that it makes in its network
 * @param nodes in order, their values renamed: {@code x0} is computed elsewhere, {@code w0} is stored
 * @param operands what the nodes read from outside, by new name
 * @param made types and shapes of what they give to others, by new name; no shape where it is not known
 * @param origin the network, for the versions of its operators
 */
record Operation(
        String output, List<Node> nodes, Map<String, Operand> operands, Map<String, Shape> made, ModelProto origin) {

    /**
     * @param constant numbers that decide what is computed, such as axes; {@code null} where any will do
     * @param stored whether it belongs to the network
     */
    record Operand(ElementType type, long[] dims, boolean stored, Tensor constant) {
        String words() {
            return type.name().toLowerCase(java.util.Locale.ROOT)
                    + dimensions(dims)
                    + (constant == null ? "" : "=" + values());
        }

        private String values() {
            return constant.type().isFloatingPoint()
                    ? Arrays.toString(constant.floats())
                    : Arrays.toString(constant.longs());
        }
    }

    private static String dimensions(long[] dims) {
        return Arrays.stream(dims).mapToObj(Long::toString).collect(Collectors.joining("x", "[", "]"));
    }

    /** All that decides its time but the machine and the threads, in words. */
    String key() {
        return nodes.stream().map(this::words).collect(Collectors.joining("; "));
    }

    private String words(Node node) {
        String attributes = node.proto().getAttributeList().stream()
                .sorted(Comparator.comparing(AttributeProto::getName))
                .map(Operation::words)
                .collect(Collectors.joining(" "));
        String inputs = node.inputs().stream()
                .map(input -> operands.containsKey(input)
                        ? input + ":" + operands.get(input).words()
                        : input)
                .collect(Collectors.joining(", "));
        String domain = node.domain().isEmpty() ? "" : node.domain() + ".";
        return domain + node.op() + (attributes.isEmpty() ? "" : "{" + attributes + "}") + "(" + inputs + ")";
    }

    private static String words(AttributeProto attribute) {
        String value = attribute.toBuilder()
                .clearName()
                .clearType()
                .clearDocString()
                .build()
                .toString();
        return attribute.getName() + "=" + value.replaceAll("\\s*\\w+: ", " ").strip();
    }

    /** The network of this step alone. */
    OnnxModel model() {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("operation");
        operands.forEach((name, operand) -> {
            if (!operand.stored()) {
                graph.addInput(info(name, operand.type(), operand.dims()));
            }
        });
        made.forEach((name, shape) -> graph.addOutput(
                shape == null ? ValueInfoProto.newBuilder().setName(name).build() : info(name, shape.type(), null)));
        nodes.forEach(node -> graph.addNode(node.proto()));
        OnnxModel model = OnnxModel.draft(origin.toBuilder().setGraph(graph).build());
        operands.forEach((name, operand) -> {
            if (operand.stored()) {
                model.graph().setInitializer(name, operand.constant() == null ? anyOf(operand) : operand.constant());
            }
        });
        return model;
    }

    private static ValueInfoProto info(String name, ElementType type, long[] dims) {
        TypeProto.Tensor.Builder tensor = TypeProto.Tensor.newBuilder().setElemType(type.code());
        if (dims != null) {
            TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
            Arrays.stream(dims).forEach(dim -> shape.addDimBuilder().setDimValue(dim));
            tensor.setShape(shape);
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(tensor))
                .build();
    }

    /** Positive numbers, as variances have to be, whose sums along all but the first axis are about 1. */
    private static Tensor anyOf(Operand operand) {
        long count = Arrays.stream(operand.dims()).reduce(1, Math::multiplyExact);
        if (!operand.type().isFloatingPoint()) {
            return Tensor.of(
                    operand.type(),
                    ByteBuffer.allocateDirect(Math.toIntExact(operand.type().bytes(count))),
                    operand.dims());
        }
        float scale = operand.dims().length < 2 ? 1 : (float) operand.dims()[0] / Math.max(1, count);
        ByteBuffer data = ByteBuffer.allocateDirect(Math.toIntExact(count * 4)).order(ByteOrder.LITTLE_ENDIAN);
        for (long i = 0; i < count; i++) {
            data.putFloat(scale * (0.5f + (i * 7919 % 1000) / 1000f));
        }
        return Tensor.of(ElementType.FLOAT, data.flip(), operand.dims()).as(operand.type());
    }
}
