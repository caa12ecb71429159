package io.millrace.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.millrace.onnx.inspect.Inspection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A model that ONNX Runtime does not load or run is refused, with the node and the reason; one that it runs is not. */
class RefusalTest {
    /** A model, and what the refusal must name; empty if the model is sound. */
    private record Case(String name, ModelProto model, String named) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case conv(String name, String named, UnaryOperator<Node> attributes) {
        return conv(name, named, attributes, floats(4, 2, 3, 3));
    }

    private static Case conv(String name, String named, UnaryOperator<Node> attributes, Tensor weight) {
        return new Case(
                "conv, " + name,
                ModelText.opset(17)
                        .input("x", 1, 2, 6, 6)
                        .tensor("w", weight)
                        .node("y = Conv(x, w)", n -> attributes.apply(n.withName("layer")))
                        .output("y")
                        .proto(),
                named);
    }

    private static Tensor floats(long... dims) {
        return Tensor.ofFloats(new float[(int) Tensor.count(dims)], dims);
    }

    private static Case node(String name, String named, long opset, String text, UnaryOperator<Node> attributes) {
        return new Case(
                name,
                ModelText.opset(opset)
                        .input("x", 2, 4)
                        .weight("w", 4, 4)
                        .weight("v", 4)
                        .longs("i", 1)
                        .node(text, n -> attributes.apply(n.withName("layer")))
                        .node("out = Cast(" + text.split("[,=]")[0].strip() + ")", n -> n.with("to", 1))
                        .output("out")
                        .proto(),
                named);
    }

    static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        cases.add(node("opset 6, a form that stayed", "", 6, "y = Sigmoid(x)", n -> n));
        cases.add(conv("sound", "", n -> n));
        cases.add(conv(
                "sound padded", "", n -> n.with("pads", new long[] {1, 1, 1, 1}).with("strides", new long[] {2, 2})));
        cases.add(conv("sound grouped", "", n -> n.with("group", 2), floats(4, 1, 3, 3)));
        cases.add(conv("stride 0", "layer", n -> n.with("strides", new long[] {0, 1})));
        cases.add(conv("stride negative", "layer", n -> n.with("strides", new long[] {-1, 1})));
        cases.add(conv("strides of wrong length", "layer", n -> n.with("strides", new long[] {1})));
        cases.add(conv("dilation 0", "layer", n -> n.with("dilations", new long[] {0, 1})));
        cases.add(conv("group 0", "layer", n -> n.with("group", 0)));
        cases.add(conv("group negative", "layer", n -> n.with("group", -2)));
        cases.add(conv("group that does not divide", "layer", n -> n.with("group", 3)));
        cases.add(conv("pads of wrong length", "layer", n -> n.with("pads", new long[] {1, 1, 1})));
        cases.add(conv("kernel_shape that differs", "layer", n -> n.with("kernel_shape", new long[] {5, 5})));
        cases.add(conv("kernel_shape of wrong length", "layer", n -> n.with("kernel_shape", new long[] {3})));
        cases.add(conv("other channels", "layer", n -> n, floats(4, 5, 3, 3)));
        cases.add(conv("int32 weight", "layer", n -> n, floats(4, 2, 3, 3).as(ElementType.INT32)));
        cases.add(conv("double weight", "layer", n -> n, floats(4, 2, 3, 3).as(ElementType.DOUBLE)));
        cases.add(conv("scalar weight", "layer", n -> n, Tensor.scalar(1)));
        cases.add(conv("vector weight", "layer", n -> n, floats(4)));
        cases.add(conv("unknown attribute", "layer", n -> n.with("colour", 1)));
        cases.add(conv("attribute of wrong type", "layer", n -> n.with("group", 1.5f)));
        cases.add(conv("attribute of wrong type, list", "layer", n -> n.with("strides", 1)));
        cases.add(conv("bad auto_pad", "layer", n -> n.with("auto_pad", "SOME")));
        cases.add(node("unknown operator", "Frobnicate", 17, "y = Frobnicate(x)", n -> n));
        cases.add(node("operator of a later opset", "layer", 17, "y = Gelu(x)", n -> n));
        cases.add(node("operator that is gone", "layer", 17, "y = Upsample(x, v)", n -> n));
        cases.add(node(
                "form that a later one replaced",
                "",
                18,
                "y = GroupNormalization(x, v, v)",
                n -> n.with("num_groups", 4)));
        cases.add(node("too many inputs", "layer", 17, "y = Relu(x, x)", n -> n));
        cases.add(node("too few inputs", "layer", 17, "y = Add(x)", n -> n));
        cases.add(node("too many outputs", "layer", 17, "y, z = Relu(x)", n -> n));
        cases.add(node("a required input left out", "layer", 17, "y = Add(x, )", n -> n));
        cases.add(node("an optional input left out", "", 17, "y = Clip(x, , )", n -> n));
        cases.add(node("a required attribute left out", "layer", 17, "y = Concat(x, x)", n -> n));
        cases.add(node("types that differ", "layer", 17, "y = Add(x, i)", n -> n));
        cases.add(node("type that is not taken", "layer", 17, "y = Softmax(i)", n -> n));
        cases.add(node("cast to no type", "layer", 17, "y = Cast(x)", n -> n.with("to", 99)));
        cases.add(node("old dropout mask unused", "", 9, "y, mask = Dropout(x)", n -> n));
        cases.add(node("dropout mask unused", "", 17, "y, mask = Dropout(x)", n -> n));
        cases.add(node(
                "batch norm statistics unused", "", 9, "y, a, b, c, d = BatchNormalization(x, v, v, v, v)", n -> n));
        cases.add(node("gemm without C below 11", "layer", 9, "y = Gemm(x, w)", n -> n));
        cases.add(node(
                "quantization axis that is none", "layer", 17, "y = QuantizeLinear(x, v)", n -> n.with("axis", 5)));
        cases.add(node(
                "quantization of too few scales", "layer", 17, "y = QuantizeLinear(x, v)", n -> n.with("axis", 0)));
        cases.add(node("quantization per axis", "", 17, "y = QuantizeLinear(x, v)", n -> n.with("axis", 1)));
        cases.add(node(
                "transpose of other axes", "layer", 17, "y = Transpose(x)", n -> n.with("perm", new long[] {0, 2})));
        cases.add(node("concat along no axis", "layer", 17, "y = Concat(x, x)", n -> n.with("axis", 4)));
        cases.add(node("gemm of other sizes", "layer", 17, "y = Gemm(x, w)", n -> n.with("transA", 1)));
        cases.add(opset("opset 99", 99, "99"));
        cases.add(opset("opset 21", 21, ""));
        cases.add(new Case("IR 99", relu().proto().toBuilder().setIrVersion(99).build(), "99"));
        cases.add(new Case("IR 3", relu().proto().toBuilder().setIrVersion(3).build(), ""));
        ModelProto.Builder twice = relu().proto().toBuilder();
        twice.addOpsetImport(twice.getOpsetImport(0));
        cases.add(new Case("one domain imported twice, the same", twice.build(), ""));
        cases.add(new Case(
                "two nodes of one name",
                relu().node("z = Relu(x)", n -> n.withName("layer")).output("z").proto(),
                "layer"));
        cases.add(sparse("sparse, sound", "", 3, 4));
        cases.add(sparse("sparse index outside", "s", 99, 4));
        cases.add(sparse("sparse negative index", "s", -1, 4));
        cases.add(sparse("sparse of terabytes", "s", 3, 1L << 40));
        long[] many = new long[501];
        Arrays.fill(many, 1);
        cases.add(new Case(
                "501 axes",
                relu().tensor("w", floats(many))
                        .node("z = Identity(w)")
                        .output("z")
                        .proto(),
                "w"));
        cases.add(branch("branch", "", "inner"));
        cases.add(branch("branch that redefines an outer value", "x", "x"));
        cases.add(branch("branch that redefines an outer result", "y", "y"));
        cases.add(huge("ConstantOfShape of terabytes", "layer", "big = ConstantOfShape(huge)"));
        cases.add(huge("Expand to terabytes", "layer", "big = Expand(one, huge)"));
        cases.add(huge("sound ConstantOfShape", "", "big = ConstantOfShape(small)"));
        return cases;
    }

    private static ModelText relu() {
        return relu("layer");
    }

    private static ModelText relu(String name) {
        return ModelText.opset(17)
                .input("x", 1, 4)
                .node("y = Relu(x)", n -> n.withName(name))
                .output("y");
    }

    private static Case opset(String name, long version, String named) {
        return new Case(
                name,
                ModelText.opset(version)
                        .input("x", 4)
                        .node("y = Relu(x)")
                        .output("y")
                        .proto(),
                named);
    }

    private static Case sparse(String name, String named, long index, long size) {
        ModelProto.Builder model = relu().proto().toBuilder();
        model.getGraphBuilder()
                .addSparseInitializer(SparseTensorProto.newBuilder()
                        .addDims(size)
                        .setValues(TensorProto.newBuilder()
                                .setName("s")
                                .setDataType(1)
                                .addDims(1)
                                .addFloatData(1))
                        .setIndices(TensorProto.newBuilder()
                                .setDataType(7)
                                .addDims(1)
                                .addInt64Data(index)))
                .addNode(Node.of("Add", "", List.of("y", "s"), List.of("z")).proto())
                .addOutput(ModelText.value("z", ElementType.FLOAT));
        return new Case(name, model.build(), named);
    }

    private static Case branch(String name, String named, String inner) {
        var graph = ModelText.opset(17).node(inner + " = Relu(w)").output(inner).graph();
        return new Case(
                name,
                ModelText.opset(17)
                        .input("x", 1, 4)
                        .input("flag", ElementType.BOOL)
                        .weight("w", 4)
                        .node("y = Relu(x)")
                        .node("z = If(flag)", n -> n.with(ModelText.graphAttribute("then_branch", graph))
                                .with(ModelText.graphAttribute("else_branch", graph)))
                        .output("y")
                        .output("z")
                        .proto(),
                named);
    }

    private static Case huge(String name, String named, String text) {
        return new Case(
                name,
                relu("relu")
                        .longs("huge", 1L << 20, 1L << 20)
                        .longs("small", 2, 2)
                        .weight("one", 1)
                        .node(text, n -> n.withName("layer"))
                        .node("z = ReduceSum(big)")
                        .output("z")
                        .proto(),
                named);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void refusesWhatTheRuntimeRefuses(Case tried) {
        String runtime = runtimeRefuses(tried.model());
        String ours = refuses(tried.model());
        assertThat(ours == null).as("runtime: %s, here: %s", runtime, ours).isEqualTo(runtime == null);
        if (ours != null) {
            assertThat(ours).contains(tried.named());
        }
    }

    /** Not tried on the runtime, which takes all the memory there is. */
    @Test
    void fortyDoublingsAreRefused() {
        ModelText doubling = relu().weight("d0", 16);
        for (int i = 0; i < 40; i++) {
            String text = "d" + (i + 1) + " = Concat(d" + i + ", d" + i + ")";
            doubling.node(text, n -> n.with("axis", 0));
        }
        assertThat(refuses(doubling.node("r = ReduceSum(d40)").output("r").proto()))
                .contains("Concat", "bytes");
    }

    private static String refuses(ModelProto model) {
        try {
            Inspection.of("model", OnnxReader.of(model));
            return null;
        } catch (InvalidModelException e) {
            return e.getMessage();
        }
    }

    private static String runtimeRefuses(ModelProto model) {
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setSessionLogLevel(ai.onnxruntime.OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            options.setIntraOpNumThreads(1);
            try (OrtSession session = OrtEnvironment.getEnvironment().createSession(model.toByteArray(), options)) {
                java.util.Map<String, ai.onnxruntime.OnnxTensor> feeds = new java.util.HashMap<>();
                for (var input : session.getInputInfo().entrySet()) {
                    var info = (ai.onnxruntime.TensorInfo) input.getValue().getInfo();
                    int n = (int) Tensor.count(info.getShape());
                    feeds.put(
                            input.getKey(),
                            info.type == ai.onnxruntime.OnnxJavaType.BOOL
                                    ? ai.onnxruntime.OnnxTensor.createTensor(OrtEnvironment.getEnvironment(), true)
                                    : ai.onnxruntime.OnnxTensor.createTensor(
                                            OrtEnvironment.getEnvironment(),
                                            java.nio.FloatBuffer.allocate(n),
                                            info.getShape()));
                }
                try (var r = session.run(feeds)) {
                    return null;
                } catch (OrtException e) {
                    return "RUN " + e.getMessage();
                }
            }
        } catch (OrtException e) {
            return e.getMessage();
        }
    }
}
