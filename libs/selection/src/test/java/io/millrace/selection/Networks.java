package io.millrace.selection;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.google.protobuf.ByteString;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OnnxReader;
import io.millrace.onnx.Tensor;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Small networks with random weights: nodes are added one after the other, each reads what it is told to. */
public final class Networks {
    private final Random random = new Random(7);
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Tensor> weights = new LinkedHashMap<>();
    private final List<ValueInfoProto> inputs = new ArrayList<>();

    /** A network of one input {@code x}; -1 is an open batch. */
    public static Networks input(long... dims) {
        return input("x", dims);
    }

    /** A network of an input of this name; -1 is an open size. */
    public static Networks input(String name, long... dims) {
        return new Networks().and(name, dims);
    }

    /** Adds an input. */
    public Networks and(String name, long... dims) {
        inputs.add(value(name, dims));
        return this;
    }

    /** Adds a stored tensor. */
    public Networks weight(String name, Tensor tensor) {
        weights.put(name, tensor);
        return this;
    }

    /** Adds a node with one output, named like it. Inputs that look like {@code w[3,4]} become random weights. */
    public Networks node(String op, String output, String... inputs) {
        return node(Node.of(op, output, weightsOf(output, inputs), List.of(output)));
    }

    public Networks conv(String output, String input, long[] weight, Attributes attributes) {
        return node(attributes.on(Node.of(
                "Conv", output, weightsOf(output, input, shape(weight), "[" + weight[0] + "]"), List.of(output))));
    }

    private Networks node(Node node) {
        nodes.add(node);
        return this;
    }

    /** Sets attributes of the node added last. */
    public Networks with(Attributes attributes) {
        nodes.set(nodes.size() - 1, attributes.on(nodes.get(nodes.size() - 1)));
        return this;
    }

    /** Puts attributes on a node. */
    public interface Attributes {
        Node on(Node node);
    }

    /** The network with this value as its output. */
    public OnnxModel output(String name, long... dims) {
        GraphProto.Builder graph =
                GraphProto.newBuilder().setName("test").addAllInput(inputs).addOutput(value(name, dims));
        nodes.forEach(node -> graph.addNode(node.proto()));
        weights.forEach((key, tensor) -> {
            TensorProto.Builder built = TensorProto.newBuilder()
                    .setName(key)
                    .setDataType(tensor.type().code())
                    .setRawData(ByteString.copyFrom(tensor.bytes()));
            for (long dim : tensor.dims()) {
                built.addDims(dim);
            }
            graph.addInitializer(built);
        });
        return OnnxReader.of(ModelProto.newBuilder()
                .setIrVersion(8)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .setGraph(graph)
                .build());
    }

    /** A random tensor of these dimensions. */
    public static Tensor random(long seed, long... dims) {
        Random random = new Random(seed);
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

    /** The output of a network of one input in ONNX Runtime. */
    public static float[] run(OnnxModel model, Tensor x) {
        return run(model, Map.of("x", x));
    }

    /** The output of the network in ONNX Runtime. */
    public static float[] run(OnnxModel model, Map<String, Tensor> inputs) {
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        Map<String, OnnxTensor> given = new HashMap<>();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
            for (Map.Entry<String, Tensor> input : inputs.entrySet()) {
                FloatBuffer values = FloatBuffer.wrap(input.getValue().floats());
                given.put(
                        input.getKey(),
                        OnnxTensor.createTensor(
                                environment, values, input.getValue().dims()));
            }
            try (OrtSession session = environment.createSession(model.toBytes(), options);
                    OrtSession.Result result = session.run(given)) {
                FloatBuffer output = ((OnnxTensor) result.get(0)).getFloatBuffer();
                float[] values = new float[output.remaining()];
                output.get(values);
                return values;
            }
        } catch (OrtException e) {
            throw new IllegalStateException(e);
        } finally {
            given.values().forEach(OnnxTensor::close);
        }
    }

    private List<String> weightsOf(String output, String... inputs) {
        List<String> names = new ArrayList<>();
        for (String name : inputs) {
            if (!name.startsWith("[")) {
                names.add(name);
                continue;
            }
            String weight = output + ".weight" + names.size();
            String[] dims = name.substring(1, name.length() - 1).split(",");
            long[] shape = new long[dims.length];
            for (int i = 0; i < dims.length; i++) {
                shape[i] = Long.parseLong(dims[i].trim());
            }
            weights.put(weight, random(random.nextLong(), shape));
            names.add(weight);
        }
        return names;
    }

    private static String shape(long[] dims) {
        return Arrays.toString(dims);
    }

    private static ValueInfoProto value(String name, long... dims) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long dim : dims) {
            shape.addDim(
                    dim < 0
                            ? TensorShapeProto.Dimension.newBuilder()
                                    .setDimParam(shape.getDimCount() == 0 ? "batch" : "size" + shape.getDimCount())
                            : TensorShapeProto.Dimension.newBuilder().setDimValue(dim));
        }
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(TensorProto.DataType.FLOAT.getNumber())
                                .setShape(shape)))
                .build();
    }
}
