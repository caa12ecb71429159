package io.millrace.evaluator;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import java.util.List;

/** Small models for tests. */
final class EvaluatedNetworks {
    private EvaluatedNetworks() {}

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

    /**
     * A 1x1 convolution that changes nothing, and a Gemm that tells one-hot images [1, 1, classes] apart, but takes the
     * first {@code confused} classes for their neighbours.
     */
    static OnnxModel classifier(int classes, long batch, int confused) {
        OnnxModel model = of(
                new long[] {batch, 1, 1, classes},
                new long[] {batch, classes},
                Node.of("Conv", "conv", List.of("x", "k"), List.of("c")),
                Node.of("Flatten", "flatten", List.of("c"), List.of("f")),
                Node.of("Gemm", "gemm", List.of("f", "w"), List.of("h")),
                Node.of("Gemm", "second", List.of("h", "v"), List.of("y")));
        float[] identity = new float[classes * classes];
        float[] weights = new float[classes * classes];
        for (int i = 0; i < classes; i++) {
            identity[i * classes + i] = 1;
            weights[i * classes + (i < confused ? (i + 1) % classes : i)] = 1;
        }
        model.graph().setInitializer("k", Tensor.ofFloats(new float[] {1}, 1, 1, 1, 1));
        model.graph().setInitializer("w", Tensor.ofFloats(identity, classes, classes));
        model.graph().setInitializer("v", Tensor.ofFloats(weights, classes, classes));
        return model;
    }

    /** A Gemm that tells one-hot images apart, behind a Reshape to a shape that is known only when the network runs. */
    static OnnxModel uncounted(int classes) {
        OnnxModel model = of(
                new long[] {-1, 1, 1, classes},
                new long[] {-1, classes},
                Node.of("Compress", "compress", List.of("sizes", "all"), List.of("shape")),
                Node.of("Reshape", "reshape", List.of("x", "shape"), List.of("f")),
                Node.of("Gemm", "gemm", List.of("f", "w"), List.of("y")));
        float[] identity = new float[classes * classes];
        for (int i = 0; i < classes; i++) {
            identity[i * classes + i] = 1;
        }
        model.graph().setInitializer("sizes", Tensor.ofLongs(new long[] {-1, classes}, 2));
        model.graph()
                .setInitializer("all", Tensor.of(ElementType.BOOL, ByteBuffer.wrap(new byte[] {1, 1}), new long[] {2}));
        model.graph().setInitializer("w", Tensor.ofFloats(identity, classes, classes));
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
}
