package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Writes weights into a data file beside the model, each at a multiple of 64 bytes. */
final class ExternalWriter {
    /** Smaller tensors (shapes, scalars) stay in the model, where tools expect to read them. */
    private static final long SMALLEST = 1024;

    private static final int ALIGNMENT = 64;

    private ExternalWriter() {}

    /** Writes the data file, and gives the message of the model that refers to it. */
    static ModelProto write(OnnxModel model, Path file) throws IOException {
        Path data = file.resolveSibling(file.getFileName() + ".data");
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
