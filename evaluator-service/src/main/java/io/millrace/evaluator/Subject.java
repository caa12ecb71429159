package io.millrace.evaluator;

import ai.onnx.proto.OnnxMl.NodeProto;
import io.millrace.data.Dataset;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.Graph;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.cost.Costs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A model under evaluation: read, counted, and opened on demand.
 *
 * @param file where it lies
 * @param bytes size of the file
 */
record Subject(Path file, OnnxModel model, Costs costs, long bytes) {

    /** @throws InvalidModelException if the file is no model */
    static Subject read(Path file) throws IOException {
        OnnxModel model = OnnxModel.read(file);
        if (model.graph().nodes().isEmpty()) {
            throw new InvalidModelException(file + ": not an ONNX model: it holds no nodes");
        }
        return new Subject(file, model, Costs.of(model), Files.size(file));
    }

    /** Whether it has a layer that any method could compress. */
    boolean hasLayers() {
        return !costs.layers().isEmpty();
    }

    /** Whether it has the nodes and the stored tensors of another, whatever their files look like. */
    boolean holdsTheSameAs(Subject other) {
        Graph its = model.graph();
        Graph others = other.model.graph();
        return protos(its).equals(protos(others))
                && its.initializers().keySet().equals(others.initializers().keySet())
                && its.initializers().entrySet().stream()
                        .allMatch(entry -> equal(entry.getValue(), others.initializer(entry.getKey())));
    }

    private static List<NodeProto> protos(Graph graph) {
        return graph.nodes().stream().map(Node::proto).toList();
    }

    private static boolean equal(Tensor one, Tensor other) {
        return one.type() == other.type()
                && Arrays.equals(one.dims(), other.dims())
                && one.bytes().equals(other.bytes());
    }

    /** The data set bound to this model's inputs. */
    Dataset bind(Dataset data) {
        return data.checkAgainst(model);
    }

    OnnxSession open(int threads) {
        return OnnxSession.open(file, SessionOptions.threads(threads));
    }
}
