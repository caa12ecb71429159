package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.List;
import java.util.function.UnaryOperator;

/** Builds small models in tests, one line for each part. */
public final class ModelText {
    private final ModelProto.Builder model;
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("main");

    private ModelText(long opset) {
        model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset));
    }

    public static ModelText opset(long version) {
        return new ModelText(version);
    }

    /** Imports operators of another domain. */
    public ModelText importing(String domain, long version) {
        model.addOpsetImport(OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version));
        return this;
    }

    /** A float input; sizes are numbers or names of symbols. */
    public ModelText input(String name, Object... dims) {
        graph.addInput(value(name, ElementType.FLOAT, dims));
        return this;
    }

    public ModelText input(String name, ElementType type, Object... dims) {
        graph.addInput(value(name, type, dims));
        return this;
    }

    public ModelText output(String name) {
        graph.addOutput(ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder().setElemType(1))));
        return this;
    }

    public ModelText tensor(String name, Tensor tensor) {
        graph.addInitializer(tensor.toProto(name));
        return this;
    }

    /** Small float weights that differ from each other. */
    public ModelText weight(String name, long... dims) {
        float[] values = new float[(int) Tensor.count(dims)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i + 1) * 0.2f;
        }
        return tensor(name, Tensor.ofFloats(values, dims));
    }

    public ModelText longs(String name, long... values) {
        return tensor(name, Tensor.ofLongs(values, values.length));
    }

    /** A node from {@code "out1, out2 = Op(in1, in2)"}. */
    public ModelText node(String text) {
        return node(text, node -> node);
    }

    public ModelText node(String text, UnaryOperator<Node> attributes) {
        String[] sides = text.split("=", 2);
        int open = sides[1].indexOf('(');
        String inputs = sides[1].substring(open + 1, sides[1].lastIndexOf(')')).strip();
        List<String> outputs = List.of(sides[0].strip().split("\\s*,\\s*"));
        Node node = Node.of(
                sides[1].substring(0, open).strip(),
                "",
                inputs.isEmpty() ? List.of() : List.of(inputs.split("\\s*,\\s*", -1)),
                outputs);
        graph.addNode(attributes.apply(node).proto());
        return this;
    }

    public ModelText node(NodeProto node) {
        graph.addNode(node);
        return this;
    }

    public GraphProto graph() {
        return graph.build();
    }

    public ModelProto proto() {
        return model.setGraph(graph).build();
    }

    public OnnxModel build() {
        return OnnxReader.of(proto());
    }

    public static AttributeProto graphAttribute(String name, GraphProto graph) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeProto.AttributeType.GRAPH)
                .setG(graph)
                .build();
    }

    public static ValueInfoProto value(String name, ElementType type, Object... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (Object dim : dims) {
            if (dim instanceof String symbol) {
                shape.addDimBuilder().setDimParam(symbol);
            } else {
                shape.addDimBuilder().setDimValue(((Number) dim).longValue());
            }
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type.code())
                                .setShape(shape)))
                .build();
    }
}
