package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import java.nio.file.Path;
import java.util.Map;

/**
 * A model in memory: its main graph open to change, everything else (metadata, functions, training info, fields of
 * later ONNX versions) as it was read.
 */
public final class OnnxModel {
    private final ModelProto origin;
    private final Graph graph;

    OnnxModel(ModelProto origin, Graph graph) {
        this.origin = origin;
        this.graph = graph;
    }

    /**
     * Reads a model; see {@link OnnxReader#read}.
     *
     * @param file path of the model file
     * @return the model
     */
    public static OnnxModel read(Path file) {
        return OnnxReader.read(file);
    }

    /**
     * Writes the model; see {@link OnnxWriter#write}.
     *
     * @param file path of the model file
     */
    public void write(Path file) {
        OnnxWriter.write(this, file);
    }

    /**
     * {@return a model that is still being built: its weights are set afterwards, so nothing of it is checked here}
     *
     * @param proto the message as far as it is known
     */
    public static OnnxModel draft(ModelProto proto) {
        return new OnnxModel(proto, new Graph(proto, Map.of()));
    }

    /** {@return the main graph} */
    public Graph graph() {
        return graph;
    }

    /** {@return the version of the standard operators} */
    public long opset() {
        return graph.opset();
    }

    /**
     * {@return the version of a domain's operators, 0 if the model does not import it}
     *
     * @param domain of the operators, empty for the standard one
     */
    public long opset(String domain) {
        return graph.opset(domain);
    }

    /** {@return an independent model that shares nodes and tensors with this one} */
    public OnnxModel copy() {
        return new OnnxModel(origin, graph.copy());
    }

    /**
     * {@return an independent model that says it is of another version of the standard operators} Its nodes are what
     * they were: see {@link io.millrace.onnx.opset.OpsetConversion}, which converts them.
     *
     * @param version of the standard operators
     */
    public OnnxModel withOpset(long version) {
        ModelProto.Builder changed = origin.toBuilder();
        changed.getOpsetImportBuilderList().stream()
                .filter(opset -> ModelCheck.normal(opset.getDomain()).isEmpty())
                .forEach(opset -> opset.setVersion(version));
        ModelProto proto = changed.build();
        return new OnnxModel(proto, graph.copy(ModelCheck.opsets(proto)));
    }

    /** {@return everything but the graph, as it was read} */
    public ModelProto origin() {
        return origin;
    }

    /** {@return the whole model as one message that holds all its weights} Their bytes stay shared. */
    public ModelProto toProto() {
        return origin.toBuilder().setGraph(graph.toProto()).build();
    }

    /**
     * {@return the model as the bytes of an ONNX file that needs no other file}
     *
     * @throws InvalidModelException if that would take more than 2 GB; such a model can only be {@link #write written}
     */
    public byte[] toBytes() {
        if (weightBytes() > OnnxWriter.MOST_INLINE_BYTES) {
            throw new InvalidModelException("a model of " + weightBytes() + " bytes does not fit into memory at once;"
                    + " write it to a file with external data");
        }
        return toProto().toByteArray();
    }

    /** Bytes of all initializers. */
    long weightBytes() {
        return graph.initializers().values().stream().mapToLong(Tensor::size).sum();
    }
}
