package io.millrace.inference;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.util.List;
import java.util.Random;

/** Small models for tests. */
final class SmallNetworks {
    private SmallNetworks() {}

    /** One input {@code x}, one output {@code y}; a dimension of -1 is open. */
    static OnnxModel of(long[] input, long[] output, Node... nodes) {
        GraphProto.Builder graph = GraphProto.newBuilder()
                .setName("network")
                .addInput(value("x", input))
                .addOutput(value("y", output));
        for (Node node : nodes) {
            graph.addNode(node.proto());
        }
        return OnnxModel.draft(ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build());
    }

    /** A single Gemm: scores = x W, W [inputs, classes]. */
    static OnnxModel linear(float[] weights, int inputs, int classes, long batch) {
        OnnxModel model = of(
                new long[] {batch, inputs},
                new long[] {batch, classes},
                Node.of("Gemm", "gemm", List.of("x", "w"), List.of("y")));
        model.graph().setInitializer("w", Tensor.ofFloats(weights, inputs, classes));
        return model;
    }

    /** Convolutions of 3x3 with Relu between them, pooled to one score per channel. */
    static OnnxModel convolutions(int channels, int layers, long batch) {
        Random random = new Random(channels);
        Node[] nodes = new Node[2 * layers + 2];
        for (int i = 0; i < layers; i++) {
            String from = i == 0 ? "x" : "r" + (i - 1);
            nodes[2 * i] = Node.of("Conv", "conv" + i, List.of(from, "w" + i), List.of("c" + i))
                    .with("pads", new long[] {1, 1, 1, 1});
            nodes[2 * i + 1] = Node.of("Relu", "relu" + i, List.of("c" + i), List.of("r" + i));
        }
        nodes[2 * layers] = Node.of("GlobalAveragePool", "pool", List.of("r" + (layers - 1)), List.of("p"));
        nodes[2 * layers + 1] = Node.of("Flatten", "flatten", List.of("p"), List.of("y"));
        OnnxModel model = of(new long[] {batch, 3, 16, 16}, new long[] {batch, channels}, nodes);
        Graph graph = model.graph();
        for (int i = 0; i < layers; i++) {
            int in = i == 0 ? 3 : channels;
            float[] weights = new float[channels * in * 9];
            for (int j = 0; j < weights.length; j++) {
                weights[j] = (float) (random.nextGaussian() * Math.sqrt(2.0 / (in * 9)));
            }
            graph.setInitializer("w" + i, Tensor.ofFloats(weights, channels, in, 3, 3));
        }
        return model;
    }

    static ValueInfoProto value(String name, long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dim : dims) {
            shape.addDim(
                    dim < 0
                            ? TensorShapeProto.Dimension.newBuilder().setDimParam("N")
                            : TensorShapeProto.Dimension.newBuilder().setDimValue(dim));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(1).setShape(shape)))
                .build();
    }

    /** A Loop that runs as often as a 64-bit counter can count, adding 1 each time. */
    static OnnxModel endless() {
        GraphProto body = GraphProto.newBuilder()
                .setName("body")
                .addInput(scalar("i", 7))
                .addInput(scalar("go", 9))
                .addInput(value("v", -1, 2))
                .addOutput(scalar("go_on", 9))
                .addOutput(value("w", -1, 2))
                .addNode(NodeProto.newBuilder()
                        .setOpType("Identity")
                        .addInput("go")
                        .addOutput("go_on"))
                .addNode(NodeProto.newBuilder()
                        .setOpType("Add")
                        .addInput("v")
                        .addInput("v")
                        .addOutput("w"))
                .build();
        Node loop = Node.of("Loop", "loop", List.of("count", "", "x"), List.of("y"))
                .with(ai.onnx.proto.OnnxMl.AttributeProto.newBuilder()
                        .setName("body")
                        .setType(ai.onnx.proto.OnnxMl.AttributeProto.AttributeType.GRAPH)
                        .setG(body)
                        .build());
        OnnxModel model = of(new long[] {-1, 2}, new long[] {-1, 2}, loop);
        model.graph().setInitializer("count", Tensor.ofLongs(new long[] {Long.MAX_VALUE}));
        return model;
    }

    private static ValueInfoProto scalar(String name, int type) {
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(type)
                                .setShape(TensorShapeProto.getDefaultInstance())))
                .build();
    }
}
