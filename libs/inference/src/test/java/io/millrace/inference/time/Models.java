package io.millrace.inference.time;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;

/** Models from nodes: one input {@code x}, one output {@code y}. */
final class Models {
    private Models() {}

    /** A dimension of -1 is open. */
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

    private static ValueInfoProto value(String name, long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dim : dims) {
            if (dim < 0) {
                shape.addDimBuilder().setDimParam("N");
            } else {
                shape.addDimBuilder().setDimValue(dim);
            }
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(1).setShape(shape)))
                .build();
    }
}
