package io.millrace.onnx.inspect;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What a reader should know of how an inspection came about. */
final class Notes {
    private Notes() {}

    static List<String> of(OnnxModel model, Costs costs, Shapes shapes) {
        List<String> notes = new ArrayList<>();
        costs.assumed()
                .forEach((input, sizes) -> notes.add("costs are for input " + input + " of "
                        + Arrays.stream(sizes).mapToObj(String::valueOf).collect(Collectors.joining(" x "))
                        + (shapes.of(input).isPresent()
                                ? " (declared: " + shapes.of(input).get() + ")"
                                : "")));
        int inner = 0;
        for (Node node : model.graph().nodes()) {
            inner += node.subgraphs().size();
        }
        if (inner > 0) {
            notes.add(inner + " sub-graphs (of If, Loop or Scan) are left as they are");
        }
        model.graph().nodes().stream()
                .filter(node -> node.is("Loop") && !isCounted(model, node))
                .forEach(node -> notes.add("how often " + node.label()
                        + " runs is known only when the model runs; a run ends at its time limit"));
        costs.uncounted()
                .forEach(row -> notes.add("the costs are partial: MACs of "
                        + row.node().label() + " are not counted: " + row.uncounted()));
        byReason(shapes.unknown())
                .forEach((reason, labels) -> notes.add(reason + ": " + labels.get(0)
                        + (labels.size() > 1 ? " and " + (labels.size() - 1) + " more" : "")));
        return notes;
    }

    private static boolean isCounted(OnnxModel model, Node loop) {
        return model.graph().constantThrough(loop.input(0)).isPresent();
    }

    /** Labels by reason; shapes that are unknown only because an earlier one is are left out. */
    private static Map<String, List<String>> byReason(Map<String, String> unknown) {
        Map<String, List<String>> byReason = new LinkedHashMap<>();
        unknown.forEach((label, reason) -> {
            if (!reason.startsWith("the shape of its input")) {
                byReason.computeIfAbsent(reason, k -> new ArrayList<>()).add(label);
            }
        });
        return byReason;
    }
}
