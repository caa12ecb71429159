package io.millrace.onnx.opset;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import io.millrace.onnx.Graph;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.schema.Schemas;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model brought to a newer version of the standard operators. Operators are converted one version at a time, each by
 * its own adapter, and only where the result computes the same; a model with an operator that cannot be converted
 * exactly stays as it is, with the reason.
 *
 * @param model the converted model; the one that was given if it was declined, or is of that version already
 * @param notes what was written anew, by the node's label
 * @param declined why nodes cannot be converted, by the node's label; empty if the model was converted
 */
public record OpsetConversion(OnnxModel model, Map<String, String> notes, Map<String, String> declined) {
    /** The newest version that can be asked for. */
    public static final long NEWEST = 22;

    static final String STEP = "convert-opset";

    /** {@return whether the model is of the version that was asked for} */
    public boolean isExact() {
        return declined.isEmpty();
    }

    /**
     * Converts a model; a model of this version or a newer one is given back as it is.
     *
     * @param model the model, which stays as it is
     * @param target version of the standard operators, up to {@link #NEWEST}
     * @return the converted model, or why there is none
     */
    public static OpsetConversion to(OnnxModel model, long target) {
        if (target > NEWEST) {
            throw new IllegalArgumentException("conversion is known up to opset " + NEWEST + ", not to " + target);
        }
        if (model.opset() >= target) {
            return new OpsetConversion(model, Map.of(), Map.of());
        }
        OnnxModel converted = model.withOpset(target);
        Map<String, String> notes = new LinkedHashMap<>();
        Map<String, String> declined = new LinkedHashMap<>();
        Shapes shapes = Shapes.infer(model);
        Graph graph = converted.graph();
        Patch patch = Patch.of(graph, STEP);
        for (Node node : graph.nodes()) {
            try {
                for (GraphProto inner : node.subgraphs()) {
                    checkInner(inner, model.opset(), target);
                }
                Rewriting work = new Rewriting(patch, shapes);
                List<Node> written = convert(node, model.opset(), target, work);
                if (!written.equals(List.of(node))) {
                    patch.replace(node, written);
                    notes.put(node.label(), String.join("; ", work.notes()));
                }
            } catch (InexactException e) {
                declined.put(node.label(), e.getMessage());
            }
        }
        if (!declined.isEmpty()) {
            return new OpsetConversion(model, Map.of(), declined);
        }
        try {
            patch.apply();
        } catch (InvalidModelException e) {
            return new OpsetConversion(model, Map.of(), Map.of("the model", e.getMessage()));
        }
        return new OpsetConversion(converted, notes, Map.of());
    }

    private static List<Node> convert(Node node, long from, long to, Rewriting work) throws InexactException {
        List<Node> now = List.of(node);
        for (long version = from + 1; version <= to; version++) {
            List<Node> next = new ArrayList<>();
            for (Node each : now) {
                Adapter adapter = Adapters.of(each, version);
                next.addAll(adapter == null ? List.of(each) : adapter.convert(each, work));
            }
            now = next;
        }
        for (Node each : now) {
            if (each.domain().isEmpty() && Schemas.of("", each.op(), to).isEmpty()) {
                throw new InexactException("opset " + to + " has no operator " + each.op());
            }
        }
        return now;
    }

    /** Nodes of sub-graphs stay as they are, so they must mean the same in both versions. */
    private static void checkInner(GraphProto graph, long from, long to) throws InexactException {
        for (NodeProto proto : graph.getNodeList()) {
            Node node = Node.of(proto);
            for (long version = from + 1; version <= to; version++) {
                if (Adapters.of(node, version) != null) {
                    throw new InexactException("its sub-graph holds " + node.label() + ", and " + node.op()
                            + " is written otherwise since opset " + version);
                }
            }
            for (GraphProto inner : node.subgraphs()) {
                checkInner(inner, from, to);
            }
        }
    }
}
