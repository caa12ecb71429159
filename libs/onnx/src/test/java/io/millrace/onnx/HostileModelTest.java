package io.millrace.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Models that break a rule of ONNX are refused, and the message says which node and which rule. */
class HostileModelTest {
    private static ModelText relu() {
        return ModelText.opset(17).input("x", 1, 4).node("y = Relu(x)").output("y");
    }

    private static ModelText loop(String inputs, String goOn) {
        GraphProto body = GraphProto.newBuilder()
                .setName("body")
                .addInput(ModelText.value("i", ElementType.INT64))
                .addInput(ModelText.value("go", ElementType.BOOL))
                .addInput(ModelText.value("v", ElementType.FLOAT, 1, 4))
                .addNode(NodeProto.newBuilder().setOpType(goOn).addInput("go").addOutput("go_on"))
                .addNode(NodeProto.newBuilder().setOpType("Relu").addInput("v").addOutput("w"))
                .addOutput(ModelText.value("go_on", ElementType.BOOL))
                .addOutput(ModelText.value("w", ElementType.FLOAT, 1, 4))
                .build();
        return ModelText.opset(17)
                .input("x", 1, 4)
                .input("n", ElementType.INT64)
                .tensor("most", Tensor.ofLongs(new long[] {1L << 62}))
                .tensor("few", Tensor.ofLongs(new long[] {3}))
                .tensor("true", Tensor.of(ElementType.BOOL, ByteBuffer.wrap(new byte[] {1})))
                .node("y = Loop(" + inputs + ", x)", node -> node.with(ModelText.graphAttribute("body", body)))
                .output("y");
    }

    @Test
    void aLoopThatNeverEndsIsRefused() {
        for (String inputs : List.of("most, true", "most, ", ", true", ", ")) {
            assertThatThrownBy(() -> loop(inputs, "Identity").build())
                    .as(inputs)
                    .isInstanceOf(InvalidModelException.class)
                    .hasMessageContaining("(Loop) never ends")
                    .hasMessageContaining(inputs.startsWith("most") ? "4611686018427387904 times" : "no trip count");
        }
    }

    @Test
    void anOperatorThatWasAnotherOneIsRefused() {
        assertThatThrownBy(() -> ModelText.opset(6)
                        .input("x", 1, 4)
                        .weight("w", 4)
                        .node("y = Add(x, w)")
                        .output("y")
                        .build())
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("opset 6 has another Add than opset 7");
    }

    @Test
    void aLoopThatMayEndIsRead() {
        loop("few, true", "Identity").build();
        loop("few, ", "Identity").build();
        loop("n, true", "Identity").build();
        loop("most, true", "Not").build();
        loop(", true", "Not").build();
    }

    private static ModelProto tensor(int type, int bytes, long... dims) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName("w")
                .setDataType(type)
                .setRawData(ByteString.copyFrom(new byte[bytes]));
        for (long dim : dims) {
            tensor.addDims(dim);
        }
        return OnnxCodecTest.withTensor(tensor.build());
    }

    private static ModelProto opsets(String... domainsAndVersions) {
        ModelProto.Builder model = relu().proto().toBuilder().clearOpsetImport();
        for (int i = 0; i < domainsAndVersions.length; i += 2) {
            model.addOpsetImport(OperatorSetIdProto.newBuilder()
                    .setDomain(domainsAndVersions[i])
                    .setVersion(Long.parseLong(domainsAndVersions[i + 1])));
        }
        return model.build();
    }

    private static FunctionProto function(String domain, String name, String... calls) {
        FunctionProto.Builder function = FunctionProto.newBuilder()
                .setDomain(domain)
                .setName(name)
                .addInput("v0")
                .addOutput("v" + calls.length)
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1));
        for (int i = 0; i < calls.length; i++) {
            function.addNode(Node.of(calls[i], "", List.of("v" + i), List.of("v" + (i + 1))).proto().toBuilder()
                    .setDomain(calls[i].equals("Relu") ? "" : "own"));
        }
        return function.build();
    }

    private static ModelProto calling(String name, FunctionProto... functions) {
        NodeProto call = Node.of(name, "", List.of("x"), List.of("y")).proto().toBuilder()
                .setDomain("own")
                .build();
        return ModelText.opset(17).input("x", 1).node(call).output("y").proto().toBuilder()
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1))
                .addAllFunctions(List.of(functions))
                .build();
    }

    private static ModelProto doubling() {
        FunctionProto[] functions = new FunctionProto[60];
        functions[0] = function("own", "f0", "Relu", "Relu");
        for (int i = 1; i < functions.length; i++) {
            functions[i] = function("own", "f" + i, "f" + (i - 1), "f" + (i - 1));
        }
        return calling("f59", functions);
    }

    static Stream<Arguments> broken() {
        ModelText inner = ModelText.opset(17).node("q = Relu(nowhere)").output("q");
        return Stream.of(
                Arguments.of("no graph", ModelProto.newBuilder().setIrVersion(8).build(), "no graph"),
                Arguments.of("no opset", opsets(), "opset_import"),
                Arguments.of("old opset", opsets("", "5"), "version_converter"),
                Arguments.of("two opsets", opsets("", "17", "ai.onnx", "13"), "operator sets 17 and 13"),
                Arguments.of("other domain only", opsets("own", "1"), "no operator set is imported"),
                Arguments.of("negative size", tensor(1, 4, -1), "negative dimension"),
                Arguments.of("overflow", tensor(1, 4, 1L << 40, 1L << 40), "overflows 64 bits"),
                Arguments.of("bytes overflow", tensor(1, 4, 1L << 61), "overflow 64 bits"),
                Arguments.of("too little data", tensor(1, 4, 1000), "needs 4000"),
                Arguments.of("no such type", tensor(99, 4, 1), "not an ONNX type"),
                Arguments.of(
                        "input overflow", relu().input("z", 1L << 40, 1L << 40).proto(), "overflows 64 bits"),
                Arguments.of("negative input", relu().input("z", -7).proto(), "negative dimension"),
                Arguments.of(
                        "cycle", relu().node("a = Relu(b)").node("b = Relu(a)").proto(), "cycle"),
                Arguments.of("missing input", relu().node("a = Add(x, gone)").proto(), "'gone', which nothing makes"),
                Arguments.of("made twice", relu().node("y = Relu(x)").proto(), "'y' is made twice"),
                Arguments.of("makes its input", relu().node("x = Relu(y)").proto(), "'x' is made twice"),
                Arguments.of("twin inputs", relu().input("x", 1).proto(), "'x' is made twice"),
                Arguments.of(
                        "twin weights", relu().weight("w", 1).weight("w", 1).proto(), "named 'w'"),
                Arguments.of(
                        "makes a weight",
                        relu().weight("w", 1).node("w = Relu(x)").proto(),
                        "'w' is made twice"),
                Arguments.of("no operator", relu().node("z = (x)").proto(), "no operator"),
                Arguments.of("output of nothing", relu().output("z").proto(), "'z' is made by nothing"),
                Arguments.of("twin outputs", relu().output("y").proto(), "two outputs"),
                Arguments.of(
                        "no output",
                        ModelText.opset(17).input("x", 1).node("y = Relu(x)").proto(),
                        "no output"),
                Arguments.of(
                        "sub-graph",
                        relu().node("z = If(x)", n -> n.with(ModelText.graphAttribute("then_branch", inner.graph())))
                                .proto(),
                        "sub-graph 'then_branch' of node 'If -> z': node 'Relu -> q' reads 'nowhere'"),
                Arguments.of("shadowing", calling("f", function("", "Relu", "Relu")), "shadows the standard operators"),
                Arguments.of("recursion", calling("f", function("own", "f", "f")), "calls itself"),
                Arguments.of(
                        "indirect recursion",
                        calling("f", function("own", "f", "g"), function("own", "g", "f")),
                        "calls itself"),
                Arguments.of("doubling", doubling(), "expand to more than"),
                Arguments.of(
                        "twin functions",
                        calling("f", function("own", "f", "Relu"), function("own", "f", "Relu")),
                        "two functions"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("broken")
    void areRefusedWithTheReason(String name, ModelProto model, String reason) {
        assertThatThrownBy(() -> OnnxReader.read(ByteBuffer.wrap(model.toByteArray())))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void theSoundModelsTheyAreMadeOfAreRead() {
        assertThat(OnnxReader.of(relu().proto()).graph().nodes()).hasSize(1);
        assertThat(OnnxReader.of(calling("f", function("own", "f", "Relu")))
                        .graph()
                        .nodes())
                .hasSize(1);
        assertThat(OnnxReader.of(tensor(1, 4, 1)).graph().initializers()).hasSize(1);
        assertThat(OnnxReader.of(relu().input("z", -1).proto()).graph().inputs())
                .hasSize(2);
    }

    @Test
    void textThatIsNotUtf8IsRefused() {
        byte[] bytes = ModelText.opset(17)
                .input("qqqq", 1)
                .node("y = Relu(qqqq)")
                .output("y")
                .proto()
                .toByteArray();
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = bytes[i] == 'q' ? (byte) 0xff : bytes[i];
        }

        assertThatThrownBy(() -> OnnxReader.read(ByteBuffer.wrap(bytes)))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("not UTF-8");
    }

    @Test
    void deepNestingIsRefused() {
        var graph = ModelText.opset(17).output("x").graph();
        for (int i = 0; i < 40; i++) {
            graph = ModelText.opset(17)
                    .node("y = If(x)", with(graph))
                    .output("y")
                    .graph();
        }
        ModelProto model = relu().node("z = If(x)", with(graph)).proto();

        assertThatThrownBy(() -> OnnxReader.read(ByteBuffer.wrap(model.toByteArray())))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("nests deeper");
    }

    private static UnaryOperator<Node> with(GraphProto graph) {
        return node -> node.with(ModelText.graphAttribute("then_branch", graph));
    }

    @Test
    void aSmallFileOfVeryManyPartsIsRefusedBeforeItTakesMemory() throws IOException {
        ByteArrayOutputStream nodes = new ByteArrayOutputStream();
        CodedOutputStream out = CodedOutputStream.newInstance(nodes);
        for (int i = 0; i < 10_000_000; i++) {
            out.writeByteArray(1, new byte[0]);
        }
        out.flush();
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        CodedOutputStream model = CodedOutputStream.newInstance(file);
        model.writeBytes(7, UnsafeByteOperations.unsafeWrap(nodes.toByteArray()));
        model.flush();

        assertThatThrownBy(() -> OnnxReader.read(ByteBuffer.wrap(file.toByteArray())))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("parts");
    }

    @Test
    void aSmallFileOfVeryManyNamesIsRefusedBeforeItTakesMemory() throws IOException {
        byte[] name = {10, 1, 'x'};
        ByteArrayOutputStream node = new ByteArrayOutputStream();
        for (int i = 0; i < 6_000_000; i++) {
            node.write(name);
        }
        assertThatThrownBy(() -> OnnxReader.read(ByteBuffer.wrap(model(1, node.toByteArray()))))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("parts");
    }

    /** A file whose graph holds one message as this field. */
    private static byte[] model(int field, byte[] message) throws IOException {
        byte[] inner = message;
        for (int each : new int[] {field, 7}) {
            ByteArrayOutputStream made = new ByteArrayOutputStream(inner.length + 20);
            CodedOutputStream out = CodedOutputStream.newInstance(made);
            out.writeByteArray(each, inner);
            out.flush();
            inner = made.toByteArray();
        }
        return inner;
    }
}
