package io.millrace.quant;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OnnxReader;
import io.millrace.onnx.Tensor;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Builds small networks node by node. Weights are drawn by a fixed seed. */
public final class Network {
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("network");
    private final Random random;
    private final long opset;

    public Network(long opset, long seed) {
        this.opset = opset;
        this.random = new Random(seed);
    }

    /** An input of an open batch. */
    public Network input(String name, long... dims) {
        graph.addInput(value(name, dims));
        return this;
    }

    public Network output(String name) {
        graph.addOutput(ValueInfoProto.newBuilder().setName(name));
        return this;
    }

    public Network weight(String name, double size, long... dims) {
        return weight(name, gaussian(random, size, dims));
    }

    public Network weight(String name, Tensor tensor) {
        TensorProto.Builder message =
                TensorProto.newBuilder().setName(name).setDataType(tensor.type().code());
        for (long dim : tensor.dims()) {
            message.addDims(dim);
        }
        graph.addInitializer(message.setRawData(ByteString.copyFrom(tensor.bytes())));
        return this;
    }

    public Network node(Node node) {
        graph.addNode(node.proto());
        return this;
    }

    public Network node(String op, List<String> inputs, String output) {
        return node(Node.of(op, output + "_" + op, inputs, List.of(output)));
    }

    /** A convolution with a bias, that keeps the size of its maps. */
    public Network conv(String input, String output, int inputs, int outputs, int kernel, int group) {
        weight(
                        output + ".w",
                        1 / Math.sqrt((double) inputs / group * kernel * kernel),
                        outputs,
                        inputs / group,
                        kernel,
                        kernel)
                .weight(output + ".b", 0.2, outputs);
        long pad = kernel / 2;
        return node(Node.of("Conv", output + "_Conv", List.of(input, output + ".w", output + ".b"), List.of(output))
                .with("group", group)
                .with("pads", new long[] {pad, pad, pad, pad}));
    }

    public OnnxModel model() {
        return OnnxReader.of(ModelProto.newBuilder()
                .setIrVersion(opset < 13 ? 6 : 8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .setGraph(graph)
                .build());
    }

    private static ValueInfoProto value(String name, long... dims) {
        TensorShapeProto.Builder shape =
                TensorShapeProto.newBuilder().addDim(Dimension.newBuilder().setDimParam("N"));
        for (long dim : dims) {
            shape.addDim(Dimension.newBuilder().setDimValue(dim));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(1).setShape(shape)))
                .build();
    }

    public static Tensor gaussian(Random random, double size, long... dims) {
        int count = 1;
        for (long dim : dims) {
            count *= (int) dim;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (size * random.nextGaussian());
        }
        return Tensor.ofFloats(values, dims);
    }

    /** The first output of a model, by ONNX Runtime. */
    public static float[] run(OnnxModel model, Map<String, Tensor> inputs) {
        try (OnnxSession session = OnnxSession.open(model, SessionOptions.threads(1))) {
            return session.run(inputs).get(session.outputNames().get(0)).floats();
        }
    }
}
