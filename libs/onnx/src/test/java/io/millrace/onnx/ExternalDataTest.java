package io.millrace.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExternalDataTest {
    @TempDir
    Path folder;

    private final Path file() {
        return folder.resolve("model.onnx");
    }

    private void save(TensorProto... tensors) throws IOException {
        ModelProto.Builder model =
                ModelText.opset(17).input("x", 1).node("y = Relu(x)").output("y").proto().toBuilder();
        for (TensorProto tensor : tensors) {
            model.getGraphBuilder().addInitializer(tensor);
        }
        Files.write(file(), model.build().toByteArray());
    }

    private static TensorProto external(String name, String location, long offset, long... dims) {
        TensorProto.Builder tensor = TensorProto.newBuilder()
                .setName(name)
                .setDataType(1)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location))
                .addExternalData(entry("offset", String.valueOf(offset)));
        for (long dim : dims) {
            tensor.addDims(dim);
        }
        return tensor.build();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    private static ByteBuffer floats(float... values) {
        ByteBuffer data = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
        data.asFloatBuffer().put(values);
        return data;
    }

    @Test
    void readsFromAFileInASubfolder() throws IOException {
        Files.createDirectory(folder.resolve("data"));
        Files.write(folder.resolve("data/w.bin"), floats(1, 2, 3).array());
        save(external("w", "data/w.bin", 4, 2));

        assertThat(OnnxModel.read(file()).graph().initializer("w").floats()).containsExactly(2, 3);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/hostname",
                "../w.bin",
                "data/../../w.bin",
                "C:/w.bin",
                "C:w.bin",
                "\\\\server\\w.bin",
                "..\\w.bin",
                "w.bin\0.txt",
                "",
                "link.bin",
                "linked/w.bin",
                "absent.bin",
                "data"
            })
    void refusesPlacesOutsideOfTheFolder(String location) throws IOException {
        Path outside = Files.createTempDirectory("outside");
        Files.write(outside.resolve("w.bin"), floats(1).array());
        Files.createSymbolicLink(folder.resolve("link.bin"), outside.resolve("w.bin"));
        Files.createSymbolicLink(folder.resolve("linked"), outside);
        Files.createDirectory(folder.resolve("data"));
        save(external("w", location, 0, 1));

        assertThatThrownBy(() -> OnnxModel.read(file()))
                .isInstanceOf(InvalidModelException.class)
                .hasMessageContaining("model.onnx")
                .hasMessageContaining("tensor w");
        Files.delete(outside.resolve("w.bin"));
        Files.delete(outside);
    }

    @Test
    void refusesDataThatDoesNotLieInTheFile() throws IOException {
        Files.write(folder.resolve("w.bin"), floats(1, 2).array());
        for (long offset : new long[] {8, -4, Long.MAX_VALUE, Long.MIN_VALUE}) {
            save(external("w", "w.bin", offset, 1));

            assertThatThrownBy(() -> OnnxModel.read(file()))
                    .isInstanceOf(InvalidModelException.class)
                    .hasMessageContaining("do not lie in w.bin");
        }
        save(external("w", "w.bin", 0, 1L << 40));
        assertThatThrownBy(() -> OnnxModel.read(file())).hasMessageContaining("at most 2 GB");
    }

    @Test
    void readsMoreThanTwoGigabytesInAll() throws IOException {
        long gigabyte = 1L << 30;
        try (FileChannel sparse = FileChannel.open(
                folder.resolve("big.bin"),
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.SPARSE))) {
            sparse.write(floats(1), 0);
            sparse.write(floats(2), 2 * gigabyte);
            sparse.write(floats(3), 3 * gigabyte - 4);
        }
        save(
                external("a", "big.bin", 0, gigabyte / 4),
                external("b", "big.bin", gigabyte, gigabyte / 4),
                external("c", "big.bin", 2 * gigabyte, gigabyte / 4));

        OnnxModel model = OnnxModel.read(file());

        assertThat(model.graph().initializer("a").bytes().getFloat(0)).isEqualTo(1);
        assertThat(model.graph().initializer("c").bytes().getFloat(0)).isEqualTo(2);
        assertThat(model.graph().initializer("c").bytes().getFloat((int) gigabyte - 4))
                .isEqualTo(3);
        assertThatThrownBy(model::toBytes).hasMessageContaining("external data");
    }

    @Test
    void keepsExternalWeightsExternalAndPutsThemInWhereBytesAreAskedFor() throws IOException, OrtException {
        OnnxModel inline = ModelText.opset(17)
                .input("x", 1, 512)
                .weight("w", 512, 4)
                .weight("b", 4)
                .node("y = Gemm(x, w, b)")
                .output("y")
                .build();
        OnnxWriter.write(inline, file(), 4096);
        OnnxModel read = OnnxModel.read(file());
        Path other = Files.createDirectory(folder.resolve("other")).resolve("copy.onnx");

        read.write(other);
        OnnxModel again = OnnxModel.read(other);

        assertThat(Files.size(folder.resolve("model.onnx.data"))).isEqualTo(512 * 4 * 4);
        assertThat(Files.size(file())).isLessThan(1000);
        assertThat(again.graph().initializer("w").isExternal()).isTrue();
        assertThat(again.graph().initializer("w").bytes())
                .isEqualTo(inline.graph().initializer("w").bytes());
        assertThat(read.toBytes()).isEqualTo(inline.toBytes());
        OrtEnvironment environment = OrtEnvironment.getEnvironment();
        environment.createSession(other.toString()).close();
        environment.createSession(again.toBytes()).close();
    }

    /** Whenever the writing ends, the model on disk and the data it names belong together. */
    @Test
    void theDataOfAModelIsNeverWrittenOver() throws IOException {
        OnnxWriter.write(large(1), file(), 4096);
        byte[] model = Files.readAllBytes(file());
        byte[] data = Files.readAllBytes(folder.resolve("model.onnx.data"));

        OnnxWriter.write(large(2), file(), 4096);

        assertThat(folder.resolve("model.onnx.data")).doesNotExist();
        assertThat(OnnxModel.read(file()).graph().initializer("w").floats()[0]).isEqualTo(2);
        // What was there before the model itself was replaced, which is the last thing done.
        Files.write(file(), model);
        Files.write(folder.resolve("model.onnx.data"), data);
        assertThat(OnnxModel.read(file()).graph().initializer("w").floats()[0]).isEqualTo(1);
        OnnxWriter.write(large(3), file(), 4096);
        assertThat(OnnxModel.read(file()).graph().initializer("w").floats()[0]).isEqualTo(3);
        try (var files = Files.list(folder)) {
            assertThat(files.filter(f -> f.toString().endsWith(".data"))).hasSize(1);
        }
    }

    private static OnnxModel large(float value) {
        float[] values = new float[2048];
        java.util.Arrays.fill(values, value);
        return ModelText.opset(17)
                .input("x", 1, 512)
                .tensor("w", Tensor.ofFloats(values, 512, 4))
                .node("y = MatMul(x, w)")
                .output("y")
                .build();
    }

    @Test
    void putsExternalTensorsOfSubgraphsIntoTheModel() throws IOException {
        Files.write(folder.resolve("w.bin"), floats(5).array());
        ModelText branch = ModelText.opset(17).node("y = Add(x, w)").output("y");
        var graph = branch.graph().toBuilder()
                .addInitializer(external("w", "w.bin", 0, 1))
                .build();
        ModelProto message = ModelText.opset(17)
                .input("x", 1)
                .input("condition", ElementType.BOOL)
                .node("y = If(condition)", n -> n.with(ModelText.graphAttribute("then_branch", graph))
                        .with(ModelText.graphAttribute("else_branch", graph)))
                .output("y")
                .proto();
        Files.write(file(), message.toByteArray());

        OnnxModel read = OnnxModel.read(file());

        TensorProto inner = read.graph().nodes().get(0).subgraphs().get(0).getInitializer(0);
        assertThat(inner.getRawData().asReadOnlyByteBuffer()).isEqualTo(floats(5));
    }
}
