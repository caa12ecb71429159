package io.millrace.evaluator;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.onnx.Node;
import io.millrace.onnx.Provenance;
import io.millrace.onnx.cost.LayerCost;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The layers of a candidate beside those of the original: what each costs, and which steps made it of what. A layer's
 * place in the original is told by the steps that the model file keeps for each node ({@link Provenance}), else by its
 * label.
 */
final class LayerTable {
    /** Of a very deep network, the first layers. */
    static final int MOST_ROWS = 1000;

    private final Subject subject;
    private final Map<String, LayerCost> originals = new LinkedHashMap<>();

    private LayerTable(Subject subject, Subject original) {
        this.subject = subject;
        original.costs().rows().forEach(row -> originals.put(row.node().label(), row));
    }

    /**
     * Puts the table into findings: {@code layers}, in the order of the graph, and {@code other-nodes}, which count
     * nothing but were made or changed by a step. Where a figure is not known, its field is absent.
     */
    static void describe(Subject subject, Subject original, ObjectNode findings) {
        new LayerTable(subject, original).describe(findings);
    }

    private void describe(ObjectNode findings) {
        ArrayNode layers = findings.putArray("layers");
        List<LayerCost> rows = subject.costs().rows();
        rows.stream().limit(MOST_ROWS).forEach(row -> layers.add(layer(row)));
        if (rows.size() > MOST_ROWS) {
            findings.withArray("notes")
                    .add("of %d layers the first %d are in the table of layers".formatted(rows.size(), MOST_ROWS));
        }
        Set<Node> counted = rows.stream().map(LayerCost::node).collect(Collectors.toSet());
        ArrayNode others = findings.arrayNode();
        subject.model().graph().nodes().stream()
                .filter(node -> !counted.contains(node))
                .filter(node -> !Provenance.of(node).isEmpty())
                .limit(MOST_ROWS)
                .forEach(node -> steps(
                        others.addObject().put("name", node.label()).put("operator", node.op()), Provenance.of(node)));
        if (!others.isEmpty()) {
            findings.set("other-nodes", others);
        }
    }

    private ObjectNode layer(LayerCost row) {
        ObjectNode layer = Json.mapper().createObjectNode();
        layer.put("name", row.node().label()).put("operator", row.operator());
        put(layer, "weight", row.weightShape());
        put(layer, "output", row.outputShape());
        List<LayerCost> before = before(row.node());
        if (!before.isEmpty()) {
            layer.put("of", before.stream().map(was -> was.node().label()).collect(Collectors.joining(", ")));
            if (before.stream().allMatch(LayerCost::isCounted)) {
                layer.put(
                        "macs-before",
                        before.stream().mapToLong(LayerCost::macs).sum());
            }
        }
        if (row.isCounted()) {
            layer.put("macs", row.macs());
        } else {
            layer.put("not-counted", row.uncounted());
        }
        if (!before.isEmpty()) {
            layer.put(
                    "parameters-before",
                    before.stream().mapToLong(LayerCost::parameters).sum());
        }
        layer.put("parameters", row.parameters());
        steps(layer, Provenance.of(row.node()));
        return layer;
    }

    private static void put(ObjectNode layer, String name, long[] shape) {
        if (shape.length > 0) {
            layer.put(name, Arrays.stream(shape).mapToObj(String::valueOf).collect(Collectors.joining("x")));
        }
    }

    private static void steps(ObjectNode node, List<Provenance.Step> steps) {
        ArrayNode list = node.putArray("steps");
        steps.forEach(step -> list.add(step.from().isEmpty() ? step.name() : step.name() + " of " + step.from()));
    }

    /** The layers of the original that a node stands for; several where they were joined, none for a new one. */
    private List<LayerCost> before(Node node) {
        Set<String> labels = new LinkedHashSet<>();
        Provenance.of(node).forEach(step -> labels.addAll(List.of(step.from().split(", "))));
        if (labels.isEmpty()) {
            labels.add(node.label());
        }
        List<LayerCost> before = new ArrayList<>();
        labels.forEach(label -> {
            if (originals.containsKey(label)) {
                before.add(originals.get(label));
            }
        });
        return before;
    }
}
