package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.CodedInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads ONNX files. The file is mapped: weights are views of it, not copies. */
public final class OnnxReader {
    private OnnxReader() {}

    /**
     * Reads a model.
     *
     * @throws InvalidModelException if the file is no ONNX model, or not safe to open; names file, node and reason
     */
    public static OnnxModel read(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size());
            return read(mapped);
        } catch (IOException e) {
            throw new InvalidModelException(file.getFileName() + ": " + e.getMessage(), e);
        } catch (InvalidModelException e) {
            throw new InvalidModelException(file.getFileName() + ": " + e.getMessage(), e);
        }
    }

    /** Reads a model that is in memory already. */
    public static OnnxModel read(ByteBuffer bytes) {
        CodedInputStream in = CodedInputStream.newInstance(bytes);
        in.enableAliasing(true);
        try {
            return of(ModelProto.parseFrom(in));
        } catch (IOException e) {
            throw new InvalidModelException("not an ONNX model: " + e.getMessage(), e);
        }
    }

    /** A model from its message. */
    public static OnnxModel of(ModelProto proto) {
        Map<String, Tensor> initializers = new LinkedHashMap<>();
        for (TensorProto tensor : proto.getGraph().getInitializerList()) {
            initializers.put(tensor.getName(), TensorReader.inline(tensor));
        }
        List<NodeProto> nodes = proto.getGraph().getNodeList();
        return new OnnxModel(
                proto, new Graph(proto.getGraph(), nodes.stream().map(Node::of).toList(), initializers));
    }
}
