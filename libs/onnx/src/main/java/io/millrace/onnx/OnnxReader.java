package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Reads ONNX files. Files are mapped: weights are views of them, not copies. What is read has been checked: names are
 * unique, every value is made before it is read, tensors hold what their shapes need.
 */
public final class OnnxReader {
    private OnnxReader() {}

    /**
     * Reads a model, and the data files beside it that it names.
     *
     * @param file path of the model file
     * @return the model
     * @throws InvalidModelException if the file is no ONNX model, or not safe to open; names file, node and reason
     */
    public static OnnxModel read(Path file) {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new InvalidModelException(
                    file.getFileName() + ": " + (Files.isDirectory(file) ? "a folder" : "no regular file"));
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            if (channel.size() > Integer.MAX_VALUE) {
                throw new InvalidModelException("takes " + channel.size() + " bytes; an ONNX file has at most 2 GB, "
                        + "larger models keep their weights in external data");
            }
            ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            return of(parse(mapped), new ExternalData(file.toAbsolutePath().getParent()));
        } catch (NoSuchFileException e) {
            throw new InvalidModelException(file.getFileName() + ": there is no such file", e);
        } catch (IOException | InvalidModelException e) {
            throw new InvalidModelException(file.getFileName() + ": " + e.getMessage(), e);
        }
    }

    /**
     * Reads a model that is in memory already. The bytes are not copied and must not change.
     *
     * @param bytes the whole file
     * @return the model
     */
    public static OnnxModel read(ByteBuffer bytes) {
        return of(parse(bytes));
    }

    /**
     * {@return a model from its message}
     *
     * @param proto the message, with all its weights
     */
    public static OnnxModel of(ModelProto proto) {
        return of(proto, ExternalData.none());
    }

    private static ModelProto parse(ByteBuffer bytes) {
        if (!bytes.hasRemaining()) {
            throw new InvalidModelException("not an ONNX model: it is empty");
        }
        ByteString content = UnsafeByteOperations.unsafeWrap(bytes);
        try {
            WireCheck.check(content);
            CodedInputStream in = content.newCodedInput();
            in.enableAliasing(true);
            return ModelProto.parseFrom(in);
        } catch (IOException e) {
            throw new InvalidModelException("not an ONNX model: " + e.getMessage(), e);
        }
    }

    private static OnnxModel of(ModelProto read, ExternalData external) {
        ModelProto proto = external.inlineAttributes(read);
        ModelCheck.check(proto);
        Map<String, Tensor> initializers = new LinkedHashMap<>();
        for (TensorProto tensor : proto.getGraph().getInitializerList()) {
            initializers.put(tensor.getName(), external.tensor(tensor));
        }
        return new OnnxModel(proto, new Graph(proto, initializers));
    }
}
