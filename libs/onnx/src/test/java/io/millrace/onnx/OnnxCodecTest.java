package io.millrace.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class OnnxCodecTest {
    @TempDir
    Path folder;

    static List<Path> networks() {
        return Corpus.files();
    }

    static List<Path> ownNetworks() {
        return networks().stream()
                .filter(f -> f.toString().contains("test-classes"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void writesWhatItRead(Path file) throws IOException {
        byte[] before = Files.readAllBytes(file);
        ModelProto message = ModelProto.parseFrom(before);
        OnnxModel model;
        try {
            model = OnnxModel.read(file);
        } catch (InvalidModelException e) {
            Assumptions.abort("refused: " + e.getMessage());
            return;
        }
        Assumptions.assumeFalse(model.graph().initializers().values().stream().anyMatch(Tensor::isExternal));
        Path written = folder.resolve("written.onnx");

        model.write(written);

        byte[] after = Files.readAllBytes(written);
        assertThat(ModelProto.parseFrom(after).equals(message))
                .as("equal messages")
                .isTrue();
        if (Arrays.equals(message.toByteArray(), before)) {
            assertThat(after).as("equal bytes").isEqualTo(before);
        }
    }

    @ParameterizedTest
    @MethodSource("ownNetworks")
    void readsEveryNetworkOfItsOwnCorpus(Path file) {
        assertThat(OnnxModel.read(file).graph().nodes()).isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void keepsTensorsOfEveryType(ElementType type) {
        TensorProto.Builder tensor =
                TensorProto.newBuilder().setName("t").setDataType(type.code()).addDims(3);
        if (type == ElementType.STRING) {
            tensor.addStringData(ByteString.copyFromUtf8("a")).addStringData(ByteString.copyFromUtf8("b"));
            tensor.addStringData(ByteString.EMPTY);
        } else {
            tensor.setRawData(ByteString.copyFrom(new byte[(int) type.bytes(3)]));
        }
        ModelProto message = withTensor(tensor.build());

        OnnxModel read = OnnxReader.read(ByteBuffer.wrap(message.toByteArray()));

        assertThat(read.graph().initializer("t").type()).isEqualTo(type);
        assertThat(read.toProto()).isEqualTo(message);
    }

    static Stream<TensorProto> typed() {
        TensorProto two = TensorProto.newBuilder().setName("t").addDims(2).build();
        return Stream.of(
                two.toBuilder().setDataType(1).addFloatData(1).addFloatData(-2).build(),
                two.toBuilder()
                        .setDataType(11)
                        .addDoubleData(1)
                        .addDoubleData(-2)
                        .build(),
                two.toBuilder().setDataType(7).addInt64Data(1).addInt64Data(-2).build(),
                two.toBuilder().setDataType(6).addInt32Data(1).addInt32Data(-2).build(),
                two.toBuilder().setDataType(5).addInt32Data(1).addInt32Data(-2).build(),
                two.toBuilder().setDataType(3).addInt32Data(1).addInt32Data(-2).build(),
                two.toBuilder()
                        .setDataType(10)
                        .addInt32Data(0x3c00)
                        .addInt32Data(0xc000)
                        .build(),
                two.toBuilder()
                        .setDataType(16)
                        .addInt32Data(0x3f80)
                        .addInt32Data(0xc000)
                        .build(),
                two.toBuilder().setDataType(22).addInt32Data(0xe1).build());
    }

    @ParameterizedTest
    @MethodSource("typed")
    void readsTypedFields(TensorProto tensor) {
        OnnxModel read = OnnxReader.read(ByteBuffer.wrap(withTensor(tensor).toByteArray()));

        assertThat(read.graph().initializer("t").floats()).containsExactly(1, -2);
    }

    @Test
    void keepsUnknownFieldsFunctionsCustomDomainsAndSubgraphs() {
        ModelText branch = ModelText.opset(17).node("y = Relu(x)").output("y");
        ModelProto message = ModelText.opset(17)
                .input("x", 2)
                .input("condition", ElementType.BOOL)
                .node("a = If(condition)", n -> n.with(ModelText.graphAttribute("then_branch", branch.graph()))
                        .with(ModelText.graphAttribute("else_branch", branch.graph())))
                .node(Node.of("Twice", "custom", List.of("a"), List.of("b")).proto().toBuilder()
                        .setDomain("own")
                        .build())
                .output("b")
                .proto()
                .toBuilder()
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("own").setVersion(1))
                .addFunctions(FunctionProto.newBuilder()
                        .setName("Twice")
                        .setDomain("own")
                        .addInput("v")
                        .addOutput("w")
                        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
                        .addNode(Node.of("Add", "", List.of("v", "v"), List.of("w"))
                                .proto()))
                .setUnknownFields(UnknownFieldSet.newBuilder()
                        .addField(
                                9999,
                                UnknownFieldSet.Field.newBuilder().addVarint(7).build())
                        .build())
                .build();

        OnnxModel read = OnnxReader.read(ByteBuffer.wrap(message.toByteArray()));

        assertThat(read.toBytes()).isEqualTo(message.toByteArray());
    }

    @Test
    void writesOverTheFileItWasReadFrom() {
        Path file = folder.resolve("model.onnx");
        ModelText.opset(17)
                .input("x", 4)
                .weight("w", 4)
                .node("y = Mul(x, w)")
                .output("y")
                .build()
                .write(file);
        OnnxModel model = OnnxModel.read(file);
        float[] before = model.graph().initializer("w").floats();

        model.write(file);

        assertThat(OnnxModel.read(file).graph().initializer("w").floats()).isEqualTo(before);
        assertThat(folder).isDirectoryNotContaining("glob:**.part");
    }

    static ModelProto withTensor(TensorProto tensor) {
        return ModelText.opset(21).input("x", 1).node("y = Relu(x)").output("y").proto().toBuilder()
                .setGraph(ModelText.opset(21).input("x", 1).node("y = Relu(x)").output("y").graph().toBuilder()
                        .addInitializer(tensor))
                .build();
    }
}
