package io.millrace.tensor;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.Net;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OnnxReader;
import io.millrace.onnx.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** A network of one node, its inputs and its weights; for tests that go through all operators. */
final class OneNode {
    private final String op;
    private final long opset;
    private final Random random;
    private final List<String> inputNames = new ArrayList<>();
    private final Map<String, Tensor> inputs = new LinkedHashMap<>();
    private final Map<String, Tensor> weights = new LinkedHashMap<>();
    private final Set<String> settings = new HashSet<>();
    private Node attributes;
    private int outputs = 1;
    private boolean smooth = true;
    private String title;

    private OneNode(String op, long opset) {
        this.op = op;
        this.opset = opset;
        this.title = op + " opset " + opset;
        this.random = new Random(op.hashCode());
        this.attributes = Node.of(op, "node", List.of(), List.of());
    }

    static OneNode of(String op, long opset) {
        return new OneNode(op, opset);
    }

    OneNode x(long... dims) {
        return input(random(dims));
    }

    /** Values in [0.5, 2): where logarithms and roots are smooth. */
    OneNode positive(long... dims) {
        float[] values = random(dims).floats();
        for (int i = 0; i < values.length; i++) {
            values[i] = 0.5f + Math.min(1.5f, Math.abs(values[i]));
        }
        return input(Tensor.ofFloats(values, dims));
    }

    OneNode input(Tensor tensor) {
        String name = "x" + inputs.size();
        inputNames.add(name);
        inputs.put(name, tensor);
        return this;
    }

    OneNode w(long... dims) {
        return weight(random(dims));
    }

    OneNode weight(Tensor tensor) {
        String name = "w" + weights.size();
        inputNames.add(name);
        weights.put(name, tensor);
        return this;
    }

    /** A stored input that is in single precision whatever the others are in. */
    OneNode setting(Tensor tensor) {
        weight(tensor);
        settings.add(inputNames.get(inputNames.size() - 1));
        return this;
    }

    OneNode longs(long... values) {
        return weight(Tensor.ofLongs(values, values.length));
    }

    OneNode number(float value) {
        return weight(Tensor.scalar(value).reshape());
    }

    OneNode none() {
        inputNames.add("");
        return this;
    }

    OneNode with(String name, long value) {
        attributes = attributes.with(name, value);
        title += " " + name + "=" + value;
        return this;
    }

    OneNode with(String name, float value) {
        attributes = attributes.with(name, value);
        title += " " + name + "=" + value;
        return this;
    }

    OneNode with(String name, String value) {
        attributes = attributes.with(name, value);
        title += " " + name + "=" + value;
        return this;
    }

    OneNode ints(String name, long... values) {
        attributes = attributes.with(name, values);
        title += " " + name + "=" + java.util.Arrays.toString(values);
        return this;
    }

    OneNode outputs(int count) {
        outputs = count;
        return this;
    }

    /** Marks an operator without a useful gradient. */
    OneNode noGradient() {
        smooth = false;
        return this;
    }

    /** Marks an operator that ONNX has in single precision only, where differences are too coarse to check a gradient. */
    OneNode singlePrecisionOnly() {
        smooth = false;
        return this;
    }

    boolean hasGradient() {
        return smooth;
    }

    Map<String, Tensor> inputs() {
        return inputs;
    }

    /** The same network in another float type. */
    Map<String, Tensor> inputsAs(ElementType type) {
        Map<String, Tensor> converted = new LinkedHashMap<>();
        inputs.forEach((name, tensor) -> converted.put(name, converted(tensor, type)));
        return converted;
    }

    private static Tensor converted(Tensor tensor, ElementType type) {
        return tensor.type() == ElementType.FLOAT ? tensor.as(type) : tensor;
    }

    List<String> outputNames() {
        return java.util.stream.IntStream.range(0, outputs)
                .mapToObj(i -> "y" + i)
                .toList();
    }

    /** @param type of the float tensors */
    OnnxModel model(ElementType type) {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("one");
        graph.addNode(
                attributes.withInputs(inputNames).withOutputs(outputNames()).proto());
        weights.forEach((name, tensor) ->
                graph.addInitializer(Net.message(settings.contains(name) ? tensor : converted(tensor, type), name)));
        inputs.forEach((name, tensor) -> graph.addInput(declared(name, converted(tensor, type))));
        outputNames()
                .forEach(name -> graph.addOutput(ValueInfoProto.newBuilder().setName(name)));
        return OnnxReader.of(ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .setGraph(graph)
                .build());
    }

    static ValueInfoProto declared(String name, Tensor tensor) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dim : tensor.dims()) {
            shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(dim));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(tensor.type().code())
                                .setShape(shape)))
                .build();
    }

    private Tensor random(long... dims) {
        int count = 1;
        for (long dim : dims) {
            count *= (int) dim;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Tensor.ofFloats(values, dims);
    }

    @Override
    public String toString() {
        StringBuilder shapes = new StringBuilder();
        inputs.values().forEach(t -> shapes.append(' ').append(t));
        weights.values().forEach(t -> shapes.append(" w").append(t));
        return title + shapes;
    }
}
