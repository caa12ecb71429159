package io.millrace.benchmarks;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.channels.ChannelGroups;
import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.inspect.Inspection;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * How long the analysis of large models takes: channel groups and costs of a residual network of 2,000 nodes (limit:
 * 0.3 s), and the whole inspection of a file of 100 MB, reading included (limit: 0.5 s). The first figure is
 * of a JVM that has done nothing of the kind before, as in the command line.
 *
 * <p>Argument: {@code nodes} or {@code bytes}.
 */
public final class LargeModels {
    private static final int NODES_OF_A_BLOCK = 7;
    private static final int REPETITIONS = 5;

    private LargeModels() {}

    public static void main(String[] arguments) throws IOException {
        boolean deep = arguments[0].equals("nodes");
        Path file = deep ? residual(2_000 / NODES_OF_A_BLOCK, 32) : residual(5, 544);
        try {
            if (deep) {
                OnnxModel model = OnnxModel.read(file);
                int nodes = model.graph().nodes().size();
                measure(
                        "channel groups and costs of " + nodes + " nodes",
                        () -> List.of(ChannelGroups.of(model), Costs.of(model)));
            } else {
                measure("inspection of a file of " + Files.size(file) / 1_000_000 + " MB", () -> Inspection.of(file));
            }
        } finally {
            Files.delete(file);
        }
    }

    private static void measure(String what, Supplier<?> work) {
        double[] seconds = new double[REPETITIONS];
        for (int i = 0; i < REPETITIONS; i++) {
            long start = System.nanoTime();
            work.get();
            seconds[i] = (System.nanoTime() - start) / 1e9;
        }
        double first = seconds[0];
        Arrays.sort(seconds);
        System.out.printf(
                "%s: first %.2f s, median of %d: %.2f s%n", what, first, REPETITIONS, seconds[REPETITIONS / 2]);
    }

    /** Residual blocks of two 3x3 convolutions with batch normalization, all of one width. */
    private static Path residual(int blocks, int width) throws IOException {
        GraphProto.Builder graph = GraphProto.newBuilder().setName("residual");
        graph.addInput(value("x", width, 8, 8));
        String from = "x";
        for (int b = 0; b < blocks; b++) {
            String inner = node(graph, "Relu", "relu1_" + b, normalized(graph, b + "a", from, width));
            String sum = node(graph, "Add", "add" + b, normalized(graph, b + "b", inner, width), from);
            from = node(graph, "Relu", "relu2_" + b, sum);
        }
        graph.addOutput(value(from, width, 8, 8));
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build();
        Path file = Files.createTempFile("residual", ".onnx");
        try (OutputStream out = Files.newOutputStream(file)) {
            model.writeTo(out);
        }
        return file;
    }

    private static String normalized(GraphProto.Builder graph, String name, String from, int width) {
        graph.addInitializer(weight("w" + name, width, width, 3, 3));
        for (String statistic : List.of("scale", "shift", "mean", "variance")) {
            graph.addInitializer(weight(statistic + name, width));
        }
        String convolved = node(graph, "Conv", "conv" + name, from, "w" + name);
        return node(
                graph,
                "BatchNormalization",
                "bn" + name,
                convolved,
                "scale" + name,
                "shift" + name,
                "mean" + name,
                "variance" + name);
    }

    private static String node(GraphProto.Builder graph, String op, String name, String... inputs) {
        NodeProto.Builder node =
                NodeProto.newBuilder().setOpType(op).setName(name).addOutput(name + ":out");
        node.addAllInput(Arrays.asList(inputs));
        if (op.equals("Conv")) {
            node.addAttribute(AttributeProto.newBuilder()
                    .setName("pads")
                    .setType(AttributeProto.AttributeType.INTS)
                    .addAllInts(List.of(1L, 1L, 1L, 1L)));
        }
        graph.addNode(node);
        return name + ":out";
    }

    private static TensorProto weight(String name, long... dims) {
        int count = Math.toIntExact(Arrays.stream(dims).reduce(1, (a, b) -> a * b));
        byte[] ones = new byte[4 * count];
        for (int i = 0; i < count; i++) {
            ones[4 * i + 2] = (byte) 0x80;
            ones[4 * i + 3] = 0x3f;
        }
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(1);
        Arrays.stream(dims).forEach(tensor::addDims);
        return tensor.setRawData(ByteString.copyFrom(ones)).build();
    }

    private static ValueInfoProto value(String name, long... sample) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimParam("batch"));
        Arrays.stream(sample)
                .forEach(n ->
                        shape.addDim(TensorShapeProto.Dimension.newBuilder().setDimValue(n)));
        TypeProto.Tensor type =
                TypeProto.Tensor.newBuilder().setElemType(1).setShape(shape).build();
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(type))
                .build();
    }
}
