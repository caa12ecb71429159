package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Builds networks for tests, with weights drawn by a seed. */
public final class Net {
    private final GraphProto.Builder graph = GraphProto.newBuilder().setName("net");
    private final Random random;
    private final long opset;
    private int count;

    public Net(long opset, long seed) {
        this.opset = opset;
        this.random = new Random(seed);
    }

    /** An input; negative dimensions are symbols. */
    public String input(String name, long... dims) {
        graph.addInput(info(name, dims));
        return name;
    }

    public void output(String value) {
        graph.addOutput(ValueInfoProto.newBuilder().setName(value));
    }

    /** Declares an output with its shape. */
    public void output(String value, long... dims) {
        graph.addOutput(info(value, dims));
    }

    /** A stored float tensor of random numbers. */
    public String weight(long... dims) {
        int n = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        float[] values = new float[n];
        float scale = (float) (1 / Math.sqrt(Math.max(1, n / Math.max(1, dims.length == 0 ? 1 : dims[0]))));
        for (int i = 0; i < n; i++) {
            values[i] = (float) random.nextGaussian() * Math.max(scale, 0.1f);
        }
        return store(Tensor.ofFloats(values, dims));
    }

    public String positive(long... dims) {
        int n = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = 0.5f + random.nextFloat();
        }
        return store(Tensor.ofFloats(values, dims));
    }

    public String floats(float... values) {
        return store(Tensor.ofFloats(values, values.length));
    }

    public String scalar(float value) {
        return store(Tensor.scalar(value));
    }

    public String longs(long... values) {
        return store(Tensor.ofLongs(values, values.length));
    }

    public String index(long value) {
        return store(Tensor.ofLongs(new long[] {value}));
    }

    public String store(Tensor tensor) {
        String name = "w" + count++;
        graph.addInitializer(message(tensor, name));
        return name;
    }

    /** A tensor as the value of a Constant node. */
    public String constantNode(Tensor tensor) {
        String name = "c" + count++;
        graph.addNode(NodeProto.newBuilder()
                .setOpType("Constant")
                .setName(name + "_node")
                .addOutput(name)
                .addAttribute(ai.onnx.proto.OnnxMl.AttributeProto.newBuilder()
                        .setName("value")
                        .setType(ai.onnx.proto.OnnxMl.AttributeProto.AttributeType.TENSOR)
                        .setT(message(tensor, ""))));
        return name;
    }

    /** A node; attributes come as name, value pairs (long, float, String, long[]). */
    public String op(String op, List<String> inputs, Object... attributes) {
        return ops(op, 1, inputs, attributes).get(0);
    }

    public List<String> ops(String op, int outputs, List<String> inputs, Object... attributes) {
        String name = op.toLowerCase() + count++;
        List<String> made = new ArrayList<>();
        for (int i = 0; i < outputs; i++) {
            made.add(name + "_" + i);
        }
        Node node = Node.of(op, name, inputs, made);
        for (int i = 0; i < attributes.length; i += 2) {
            String key = (String) attributes[i];
            Object value = attributes[i + 1];
            if (value instanceof Integer v) {
                node = node.with(key, v.longValue());
            } else if (value instanceof Float v) {
                node = node.with(key, v);
            } else if (value instanceof String v) {
                node = node.with(key, v);
            } else {
                node = node.with(key, (long[]) value);
            }
        }
        graph.addNode(node.proto());
        return made;
    }

    public void node(NodeProto node) {
        graph.addNode(node);
    }

    public String conv(String x, int in, int out, int kernel, Object... attributes) {
        return convGrouped(x, in, out, kernel, 1, attributes);
    }

    public String convGrouped(String x, int in, int out, int kernel, int groups, Object... attributes) {
        Object[] all = Arrays.copyOf(attributes, attributes.length + 4);
        long pad = kernel / 2;
        all[attributes.length] = "pads";
        all[attributes.length + 1] = new long[] {pad, pad, pad, pad};
        all[attributes.length + 2] = "group";
        all[attributes.length + 3] = groups;
        return op("Conv", List.of(x, weight(out, in / groups, kernel, kernel), weight(out)), all);
    }

    public String bn(String x, int channels) {
        return op(
                "BatchNormalization",
                List.of(x, positive(channels), weight(channels), weight(channels), positive(channels)));
    }

    public String relu(String x) {
        return op("Relu", List.of(x));
    }

    public String add(String a, String b) {
        return op("Add", List.of(a, b));
    }

    public String linear(String x, int in, int out) {
        return op("Gemm", List.of(x, weight(out, in), weight(out)), "transB", 1);
    }

    public String reshape(String x, long... shape) {
        return op("Reshape", List.of(x, longs(shape)));
    }

    public String transpose(String x, long... perm) {
        return op("Transpose", List.of(x), "perm", perm);
    }

    public OnnxModel model() {
        return OnnxReader.of(ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                .setGraph(graph)
                .build());
    }

    /** A tensor as a model stores it. */
    public static TensorProto message(Tensor tensor, String name) {
        TensorProto.Builder built =
                TensorProto.newBuilder().setName(name).setDataType(tensor.type().code());
        for (long dim : tensor.dims()) {
            built.addDims(dim);
        }
        return built.setRawData(ByteString.copyFrom(tensor.bytes())).build();
    }

    private static ValueInfoProto info(String name, long... dims) {
        ValueInfoProto.Builder built = ValueInfoProto.newBuilder().setName(name);
        var tensor = built.getTypeBuilder().getTensorTypeBuilder().setElemType(1);
        var shape = tensor.getShapeBuilder();
        for (int i = 0; i < dims.length; i++) {
            if (dims[i] < 0) {
                shape.addDimBuilder().setDimParam(name + "_dim" + i);
            } else {
                shape.addDimBuilder().setDimValue(dims[i]);
            }
        }
        return built.build();
    }
}
