package io.millrace.quant.qdq;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Values of a network that does the same thing in several places with one set of stored weights, as siamese networks do.
 * They get one encoding: what was equal for equal inputs then stays equal, and inputs may still change places.
 */
final class SiameseValues {
    private final Graph graph;
    private final Shapes shapes;
    private final Map<String, String> same = new HashMap<>();

    private SiameseValues(OnnxModel model) {
        this.graph = model.graph();
        this.shapes = Shapes.infer(model);
    }

    /** Each value that has a twin, with the one that stands for all of its kind. */
    static Map<String, String> of(OnnxModel model, QuantizationPlan plan) {
        long weights = plan.layers().stream()
                .map(QuantizableLayer::storedAs)
                .distinct()
                .count();
        if (weights == plan.layers().size()) {
            return Map.of();
        }
        SiameseValues twins = new SiameseValues(model);
        twins.uniteLayers(plan);
        twins.uniteWhatFollows();
        Map<String, String> all = new LinkedHashMap<>();
        twins.same.keySet().forEach(value -> all.put(value, twins.find(value)));
        return all;
    }

    /** Layers that read one weight and see values of one shape. */
    private void uniteLayers(QuantizationPlan plan) {
        Map<Object, Node> first = new HashMap<>();
        for (QuantizableLayer layer : plan.layers()) {
            Node node = layer.node();
            Optional<Shape> shape = shapes.of(node.input(0));
            if (shape.isPresent()) {
                Object key = Arrays.asList(
                        layer.storedAs(),
                        node.input(2),
                        attributes(node),
                        shape.get().toString());
                Node other = first.putIfAbsent(key, node);
                if (other != null) {
                    unite(node.input(0), other.input(0));
                    unite(node.output(0), other.output(0));
                }
            }
        }
    }

    /** Nodes that do the same to twins make twins. */
    private void uniteWhatFollows() {
        Map<Object, Node> first = new HashMap<>();
        for (Node node : graph.nodes()) {
            if (node.subgraphs().isEmpty()) {
                List<Object> key = new ArrayList<>(List.of(attributes(node)));
                node.inputs().forEach(input -> key.add(find(input)));
                Node other = first.putIfAbsent(key, node);
                for (int i = 0; other != null && i < node.outputs().size(); i++) {
                    unite(node.output(i), other.output(i));
                }
            }
        }
    }

    private static Object attributes(Node node) {
        return List.of(node.op(), node.domain(), node.proto().getAttributeList());
    }

    private void unite(String a, String b) {
        String of = find(a);
        String other = find(b);
        same.putIfAbsent(of, of);
        same.putIfAbsent(other, other);
        same.put(of, other);
    }

    private String find(String value) {
        String at = value;
        while (same.containsKey(at) && !same.get(at).equals(at)) {
            at = same.get(at);
        }
        return at;
    }
}
