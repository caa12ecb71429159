package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Tensors whose data lies in files beside the model. Only regular files inside the model's own folder are opened:
 * absolute paths, {@code ..}, drives and links are refused. Data is mapped, not copied.
 */
final class ExternalData {
    private static final Pattern UNSAFE = Pattern.compile("^[/\\\\]|^[A-Za-z]:|\\x00|\\\\");

    private final Path folder;
    private final Map<Path, ByteBuffer> mapped = new HashMap<>();

    ExternalData(Path folder) {
        this.folder = folder;
    }

    /** For models in memory, which have no folder. */
    static ExternalData none() {
        return new ExternalData(null);
    }

    static boolean isExternal(TensorProto tensor) {
        return tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL;
    }

    /** A tensor, wherever its data lies. */
    Tensor tensor(TensorProto proto) {
        if (!isExternal(proto)) {
            return TensorReader.inline(proto);
        }
        try {
            return Tensor.read(proto, data(proto));
        } catch (IOException | InvalidModelException | NumberFormatException | InvalidPathException e) {
            throw new InvalidModelException("external data of tensor " + proto.getName() + ": " + e.getMessage(), e);
        }
    }

    private ByteBuffer data(TensorProto proto) throws IOException {
        Map<String, String> entries = new HashMap<>();
        for (StringStringEntryProto entry : proto.getExternalDataList()) {
            entries.put(entry.getKey(), entry.getValue());
        }
        ElementType type = ElementType.of(proto.getDataType());
        if (type == ElementType.STRING) {
            throw new InvalidModelException("strings cannot be stored externally");
        }
        long needed = type.bytes(Tensor.count(
                proto.getDimsList().stream().mapToLong(Long::longValue).toArray()));
        if (needed > Integer.MAX_VALUE) {
            throw new InvalidModelException("takes " + needed + " bytes; at most 2 GB are supported for one tensor");
        }
        long offset = Long.parseLong(entries.getOrDefault("offset", "0"));
        long length = Long.parseLong(entries.getOrDefault("length", String.valueOf(needed)));
        if (length != needed) {
            throw new InvalidModelException("length is " + length + ", but the shape needs " + needed + " bytes");
        }
        return slice(file(entries.getOrDefault("location", "")), offset, needed);
    }

    private Path file(String location) throws IOException {
        if (folder == null) {
            throw new InvalidModelException("a model that is no file has no folder to look in");
        }
        if (location.isEmpty() || UNSAFE.matcher(location).find()) {
            throw refused(location);
        }
        Path file = folder;
        for (Path part : Path.of(location)) {
            file = file.resolve(part);
            if (part.toString().equals("..") || Files.isSymbolicLink(file)) {
                throw refused(location);
            }
        }
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new InvalidModelException("there is no file " + location + " in the model's folder");
        }
        return file.normalize();
    }

    private static InvalidModelException refused(String location) {
        return new InvalidModelException("location '" + location.replace("\0", "\\0")
                + "' is refused: data must lie in the model's own folder, under a relative path without '..' or links");
    }

    /** A view of part of a file. Files up to 2 GB are mapped once, larger ones piece by piece. */
    private ByteBuffer slice(Path file, long offset, long length) throws IOException {
        ByteBuffer whole = mapped.get(file);
        if (whole == null) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
                long size = channel.size();
                if (offset < 0 || offset > size || length > size - offset) {
                    throw outside(file, offset, length, size);
                }
                if (size > Integer.MAX_VALUE) {
                    return channel.map(FileChannel.MapMode.READ_ONLY, offset, length);
                }
                whole = channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
                mapped.put(file, whole);
            }
        }
        if (offset < 0 || offset > whole.capacity() || length > whole.capacity() - offset) {
            throw outside(file, offset, length, whole.capacity());
        }
        return whole.slice((int) offset, (int) length);
    }

    private static InvalidModelException outside(Path file, long offset, long length, long size) {
        return new InvalidModelException(
                length + " bytes at offset " + offset + " do not lie in " + file.getFileName() + ", which has " + size);
    }

    /**
     * The model with external tensors of attributes and sub-graphs put into it, so that it holds them wherever it is
     * written; the initializers of the main graph stay where they are.
     */
    ModelProto inlineAttributes(ModelProto model) {
        if (model.getGraph().getNodeList().stream().noneMatch(ExternalData::holdsExternal)) {
            return model;
        }
        ModelProto.Builder built = model.toBuilder();
        built.getGraphBuilder().getNodeBuilderList().forEach(this::inline);
        return built.build();
    }

    private static boolean holdsExternal(NodeProto node) {
        return node.getAttributeList().stream()
                .anyMatch(a -> isExternal(a.getT())
                        || a.getTensorsList().stream().anyMatch(ExternalData::isExternal)
                        || holdsExternal(a.getG())
                        || a.getGraphsList().stream().anyMatch(ExternalData::holdsExternal));
    }

    private static boolean holdsExternal(GraphProto graph) {
        return graph.getInitializerList().stream().anyMatch(ExternalData::isExternal)
                || graph.getNodeList().stream().anyMatch(ExternalData::holdsExternal);
    }

    private void inline(NodeProto.Builder node) {
        for (AttributeProto.Builder attribute : node.getAttributeBuilderList()) {
            if (attribute.hasT()) {
                inline(attribute.getTBuilder());
            }
            attribute.getTensorsBuilderList().forEach(this::inline);
            if (attribute.hasG()) {
                inline(attribute.getGBuilder());
            }
            attribute.getGraphsBuilderList().forEach(this::inline);
        }
    }

    private void inline(GraphProto.Builder graph) {
        graph.getInitializerBuilderList().forEach(this::inline);
        graph.getNodeBuilderList().forEach(this::inline);
    }

    private void inline(TensorProto.Builder tensor) {
        if (tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL) {
            ByteBuffer data = tensor(tensor.build()).bytes();
            tensor.clearExternalData().clearDataLocation().setRawData(UnsafeByteOperations.unsafeWrap(data));
        }
    }
}
