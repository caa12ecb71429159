package io.millrace.tensor;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.Net;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OnnxReader;
import io.millrace.onnx.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small networks made in memory. */
final class TrainableNetworks {
    private TrainableNetworks() {}

    /** logits = x W, W [features x classes]. */
    static OnnxModel linear(float[] weights, int features, int classes) {
        return model(
                Tensor.ofFloats(new float[4 * features], 4, features),
                Map.of("w", Tensor.ofFloats(weights, features, classes)),
                List.of(Node.of("MatMul", "product", List.of("x", "w"), List.of("logits"))));
    }

    /** Convolution, batch normalization, Relu, pooling, dropout, Gemm: [N, 2, 8, 8] to 3 classes. */
    static OnnxModel convolutional() {
        Map<String, Tensor> weights = new LinkedHashMap<>();
        weights.put("conv.w", random(1, 0.3, 6, 2, 3, 3));
        weights.put("bn.scale", ones(6));
        weights.put("bn.bias", random(2, 0.1, 6));
        weights.put("bn.mean", random(3, 0.1, 6));
        weights.put("bn.var", ones(6));
        weights.put("ratio", Tensor.scalar(0.2f).reshape());
        weights.put("fc.w", random(4, 0.4, 3, 6));
        weights.put("fc.b", random(5, 0.1, 3));
        return model(
                random(6, 1, 4, 2, 8, 8),
                weights,
                List.of(
                        Node.of("Conv", "conv", List.of("x", "conv.w"), List.of("c"))
                                .with("pads", new long[] {1, 1, 1, 1}),
                        Node.of(
                                "BatchNormalization",
                                "bn",
                                List.of("c", "bn.scale", "bn.bias", "bn.mean", "bn.var"),
                                List.of("b")),
                        Node.of("Relu", "relu", List.of("b"), List.of("r")),
                        Node.of("GlobalAveragePool", "pool", List.of("r"), List.of("p")),
                        Node.of("Flatten", "flat", List.of("p"), List.of("f")),
                        Node.of("Dropout", "drop", List.of("f", "ratio"), List.of("d")),
                        Node.of("Gemm", "fc", List.of("d", "fc.w", "fc.b"), List.of("logits"))
                                .with("transB", 1)));
    }

    static OnnxModel model(Tensor input, Map<String, Tensor> weights, List<Node> nodes) {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("test");
        nodes.forEach(node -> graph.addNode(node.proto()));
        weights.forEach((name, tensor) -> graph.addInitializer(Net.message(tensor, name)));
        graph.addInput(OneNode.declared("x", input));
        String last = nodes.get(nodes.size() - 1).output(0);
        graph.addOutput(ValueInfoProto.newBuilder().setName(last));
        return OnnxReader.of(ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build());
    }

    static Tensor random(long seed, double size, long... dims) {
        Random random = new Random(seed);
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

    private static Tensor ones(int count) {
        float[] values = new float[count];
        java.util.Arrays.fill(values, 1);
        return Tensor.ofFloats(values, count);
    }
}
