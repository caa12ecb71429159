package io.millrace.finetune;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.Net;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OnnxReader;
import io.millrace.onnx.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A task that a small network learns in seconds: which quadrant of a noisy 8 x 8 image is bright. */
final class Quadrants {
    static final int CLASSES = 4;

    private Quadrants() {}

    /** An IDX data set. */
    static Path data(Path folder, int samples, boolean labelled) throws IOException {
        Files.createDirectories(folder);
        Random random = new Random(1);
        byte[] images = new byte[samples * 64];
        byte[] labels = new byte[samples];
        for (int n = 0; n < samples; n++) {
            labels[n] = (byte) random.nextInt(CLASSES);
            for (int i = 0; i < 64; i++) {
                int quadrant = i / 8 / 4 * 2 + i % 8 / 4;
                images[n * 64 + i] = (byte) (random.nextInt(150) + (quadrant == labels[n] ? 60 : 0));
            }
        }
        Files.write(folder.resolve("images-idx3-ubyte"), idx(images, samples, 8, 8));
        if (labelled) {
            Files.write(folder.resolve("labels-idx1-ubyte"), idx(labels, samples));
        }
        Files.writeString(folder.resolve("dataset.json"), """
                {"format": "idx", "inputs": {"image": {"scale": 0.0078, "mean": [0.7], "std": [0.5]}}}
                """);
        return folder;
    }

    /** The same images; the label is whether the bright quadrant is one of the lower two. */
    static Path halves(Path folder, int samples) throws IOException {
        data(folder, samples, true);
        Path file = folder.resolve("labels-idx1-ubyte");
        byte[] labels = Files.readAllBytes(file);
        for (int i = labels.length - samples; i < labels.length; i++) {
            labels[i] /= 2;
        }
        Files.write(file, labels);
        return folder;
    }

    private static byte[] idx(byte[] values, int... dims) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeShort(0);
            out.writeByte(8);
            out.writeByte(dims.length);
            for (int dim : dims) {
                out.writeInt(dim);
            }
            out.write(values);
        }
        return bytes.toByteArray();
    }

    /** Convolution, batch normalization, Relu, pooling to 2 x 2, Gemm. */
    static OnnxModel network(long seed) {
        return network(seed, true, -1);
    }

    /** @param batch fixed, or -1 */
    static OnnxModel network(long seed, boolean normalized, int batch) {
        return network(seed, normalized, batch, CLASSES, false);
    }

    /** One score a sample, if asked as a probability. */
    static OnnxModel oneScore(long seed, boolean sigmoid) {
        return network(seed, true, -1, 1, sigmoid);
    }

    private static OnnxModel network(long seed, boolean normalized, int batch, int outputs, boolean sigmoid) {
        Random random = new Random(seed);
        Map<String, Tensor> weights = new LinkedHashMap<>();
        weights.put("conv.w", gaussian(random, 0.3, 6, 1, 3, 3));
        weights.put("fc.w", gaussian(random, 0.2, outputs, 24));
        weights.put("fc.b", gaussian(random, 0.1, outputs));
        List<Node> nodes = new ArrayList<>();
        nodes.add(Node.of("Conv", "conv", List.of("image", "conv.w"), List.of("c"))
                .with("pads", new long[] {1, 1, 1, 1}));
        if (normalized) {
            weights.put("bn.scale", filled(1, 6));
            weights.put("bn.bias", filled(0, 6));
            weights.put("bn.mean", filled(0, 6));
            weights.put("bn.var", filled(1, 6));
            nodes.add(Node.of(
                    "BatchNormalization",
                    "bn",
                    List.of("c", "bn.scale", "bn.bias", "bn.mean", "bn.var"),
                    List.of("b")));
        }
        nodes.add(Node.of("Relu", "relu", List.of(normalized ? "b" : "c"), List.of("r")));
        nodes.add(Node.of("AveragePool", "pool", List.of("r"), List.of("p"))
                .with("kernel_shape", new long[] {4, 4})
                .with("strides", new long[] {4, 4}));
        nodes.add(Node.of("Flatten", "flat", List.of("p"), List.of("f")));
        nodes.add(Node.of("Gemm", "fc", List.of("f", "fc.w", "fc.b"), List.of(sigmoid ? "score" : "logits"))
                .with("transB", 1));
        if (sigmoid) {
            nodes.add(Node.of("Sigmoid", "sigmoid", List.of("score"), List.of("logits")));
        }
        return model(weights, nodes, batch, outputs);
    }

    static OnnxModel model(Map<String, Tensor> weights, List<Node> nodes, int batch) {
        return model(weights, nodes, batch, CLASSES);
    }

    private static OnnxModel model(Map<String, Tensor> weights, List<Node> nodes, int batch, int outputs) {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("quadrants");
        nodes.forEach(node -> graph.addNode(node.proto()));
        weights.forEach((name, tensor) -> graph.addInitializer(Net.message(tensor, name)));
        graph.addInput(value("image", batch, 1, 8, 8));
        graph.addOutput(value("logits", batch, outputs));
        return OnnxReader.of(ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build());
    }

    private static ValueInfoProto value(String name, int batch, int... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        shape.addDim(
                batch < 0
                        ? Dimension.newBuilder().setDimParam("N")
                        : Dimension.newBuilder().setDimValue(batch));
        for (int dim : dims) {
            shape.addDim(Dimension.newBuilder().setDimValue(dim));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(1).setShape(shape)))
                .build();
    }

    private static Tensor gaussian(Random random, double size, long... dims) {
        int count = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (size * random.nextGaussian());
        }
        return Tensor.ofFloats(values, dims);
    }

    private static Tensor filled(float value, int count) {
        float[] values = new float[count];
        Arrays.fill(values, value);
        return Tensor.ofFloats(values, count);
    }
}
