package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Writes weights into a data file beside the model, each at a multiple of 64 bytes. A data file that is there already
 * belongs to the model as it is until the new one has taken its place, so it is never written over: whenever the writing
 * ends, the model on disk and the data it names belong together.
 */
final class ExternalWriter {
    /** Smaller tensors (shapes, scalars) stay in the model, where tools expect to read them. */
    private static final long SMALLEST = 1024;

    private static final int ALIGNMENT = 64;

    private ExternalWriter() {}

    /** Writes model and data. */
    static void write(OnnxModel model, Path file) throws IOException {
        List<Path> before = dataFiles(file);
        int number = 0;
        while (before.contains(dataFile(file, number))) {
            number++;
        }
        ModelProto message = writeData(model, dataFile(file, number));
        OnnxWriter.replace(file, message::writeTo);
        for (Path old : before) {
            Files.deleteIfExists(old);
        }
    }

    private static Path dataFile(Path file, int number) {
        return file.resolveSibling(file.getFileName() + (number == 0 ? "" : "." + number) + ".data");
    }

    /** The data files that this model was written with. */
    private static List<Path> dataFiles(Path file) throws IOException {
        Pattern own = Pattern.compile(Pattern.quote(file.getFileName().toString()) + "(\\.\\d{1,9})?\\.data");
        try (Stream<Path> files = Files.list(file.toAbsolutePath().getParent())) {
            return files.filter(f -> own.matcher(f.getFileName().toString()).matches())
                    .map(f -> file.resolveSibling(f.getFileName()))
                    .toList();
        }
    }

    /** Writes the data file, and gives the message of the model that refers to it. */
    private static ModelProto writeData(OnnxModel model, Path data) throws IOException {
        List<TensorProto> initializers = new ArrayList<>();
        OnnxWriter.replace(data, out -> {
            WritableByteChannel channel = Channels.newChannel(out);
            long offset = 0;
            for (var entry : model.graph().initializers().entrySet()) {
                Tensor tensor = entry.getValue();
                if (tensor.size() < SMALLEST) {
                    initializers.add(tensor.toProto(entry.getKey()));
                    continue;
                }
                offset += pad(out, offset);
                initializers.add(
                        describe(entry.getKey(), tensor, data.getFileName().toString(), offset));
                offset += channel.write(tensor.bytes());
            }
        });
        GraphProto.Builder graph = model.graph().toProtoWithoutWeights().addAllInitializer(initializers);
        return model.origin().toBuilder().setGraph(graph).build();
    }

    private static int pad(OutputStream out, long offset) throws IOException {
        int missing = (int) ((ALIGNMENT - offset % ALIGNMENT) % ALIGNMENT);
        out.write(new byte[missing]);
        return missing;
    }

    private static TensorProto describe(String name, Tensor tensor, String location, long offset) {
        return tensor.describe(name)
                .clearRawData()
                .clearFloatData()
                .clearDoubleData()
                .clearInt32Data()
                .clearInt64Data()
                .clearUint64Data()
                .clearExternalData()
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location))
                .addExternalData(entry("offset", String.valueOf(offset)))
                .addExternalData(entry("length", String.valueOf(tensor.size())))
                .build();
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }
}
