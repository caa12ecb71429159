package io.millrace.tensor;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.tensor.Plan.Step;
import io.millrace.tensor.operator.Mappings;
import io.millrace.tensor.operator.NativeOperation;
import io.millrace.tensor.operator.NodeSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.NoGradGuard;

/**
 * Turns a graph into a {@link Plan}: leaves out what no wanted value needs, computes once what depends on constants
 * only, and numbers the rest.
 */
final class PlanBuilder {
    private final OnnxModel model;
    private final Graph graph;
    private final Set<String> learned;
    private final List<String> wanted;
    private final Map<String, Integer> slots = new LinkedHashMap<>();
    private final Map<String, Tensor> constants = new HashMap<>();
    private final List<Step> steps = new ArrayList<>();
    private final Map<String, List<String>> unsupported = new TreeMap<>();

    /**
     * @param learned names of parameters and statistics
     * @param wanted values to keep
     */
    PlanBuilder(OnnxModel model, Set<String> learned, List<String> wanted) {
        this.model = model;
        this.graph = model.graph();
        this.learned = learned;
        this.wanted = wanted;
    }

    /** Prepares all nodes; afterwards {@link #unsupported()} tells which could not be. */
    PlanBuilder prepare() {
        graph.initializers().forEach((name, tensor) -> {
            if (!learned.contains(name)) {
                constants.put(name, tensor);
            }
        });
        Set<Node> needed = needed();
        for (Node node : graph.nodes()) {
            if (needed.contains(node)) {
                try {
                    prepare(Sequences.resolved(graph, node));
                } catch (UnsupportedOperatorException e) {
                    unsupported
                            .computeIfAbsent(e.getMessage(), k -> new ArrayList<>())
                            .add(node.label());
                }
            }
        }
        return this;
    }

    /** What has no mapping, with the nodes where it occurs. */
    Map<String, List<String>> unsupported() {
        return unsupported;
    }

    /** @param tensors the learned ones by name */
    Plan build(Map<String, org.bytedeco.pytorch.Tensor> tensors) {
        Map<String, Integer> inputs = new LinkedHashMap<>();
        graph.inputs().forEach(input -> inputs.put(input.getName(), slot(input.getName())));
        Map<String, Integer> kept = new LinkedHashMap<>();
        wanted.forEach(name -> kept.put(name, slot(name)));
        org.bytedeco.pytorch.Tensor[] stored = slots.keySet().stream()
                .map(name -> constants.containsKey(name) ? Libtorch.copyOf(constants.get(name)) : tensors.get(name))
                .toArray(org.bytedeco.pytorch.Tensor[]::new);
        Set<Integer> notOurs = new HashSet<>(inputs.values());
        notOurs.addAll(kept.values());
        return new Plan(stored, withLastUses(stored, notOurs), inputs, kept);
    }

    private Set<Node> needed() {
        Set<String> values = new HashSet<>(wanted);
        Set<Node> nodes = new HashSet<>();
        for (int i = graph.nodes().size() - 1; i >= 0; i--) {
            Node node = graph.nodes().get(i);
            if (node.outputs().stream().anyMatch(values::contains)) {
                nodes.add(node);
                values.addAll(node.inputs());
            }
        }
        return nodes;
    }

    private void prepare(Node node) {
        if (Sequences.onlyTakenApart(graph, node)) {
            return;
        }
        if (node.is("Constant")) {
            if (!learned.contains(node.output(0))) {
                constants.put(
                        node.output(0),
                        graph.constant(node.output(0))
                                .orElseThrow(() -> new UnsupportedOperatorException("Constant of this form")));
            }
            return;
        }
        NativeOperation operation = Mappings.prepare(new NodeSpec(node, model.opset(), this::constant));
        boolean constant = node.inputs().stream().allMatch(v -> v.isEmpty() || constants.containsKey(v));
        if (constant) {
            fold(node, operation);
            return;
        }
        int[] in =
                node.inputs().stream().mapToInt(v -> v.isEmpty() ? -1 : slot(v)).toArray();
        int[] out = node.outputs().stream()
                .mapToInt(v -> v.isEmpty() ? -1 : slot(v))
                .toArray();
        steps.add(new Step(node, operation, in, out, new int[0]));
    }

    private void fold(Node node, NativeOperation operation) {
        try (NativeScope scope = NativeScope.open();
                NoGradGuard guard = new NoGradGuard()) {
            org.bytedeco.pytorch.Tensor[] in = node.inputs().stream()
                    .map(v -> v.isEmpty() ? null : Libtorch.copyOf(constants.get(v)))
                    .toArray(org.bytedeco.pytorch.Tensor[]::new);
            org.bytedeco.pytorch.Tensor[] out = operation.run(in, false);
            for (int i = 0; i < node.outputs().size(); i++) {
                if (!node.output(i).isEmpty()) {
                    constants.put(node.output(i), Libtorch.copyOf(out[i]));
                }
            }
        }
    }

    private Optional<Tensor> constant(String value) {
        return Optional.ofNullable(constants.get(value));
    }

    private int slot(String value) {
        return slots.computeIfAbsent(value, v -> slots.size());
    }

    private List<Step> withLastUses(org.bytedeco.pytorch.Tensor[] stored, Set<Integer> kept) {
        boolean[] read = new boolean[stored.length];
        List<Step> result = new ArrayList<>(steps);
        for (int i = steps.size() - 1; i >= 0; i--) {
            Step step = steps.get(i);
            int[] last = IntStream.concat(Arrays.stream(step.in()), Arrays.stream(step.out()))
                    .filter(slot -> slot >= 0 && !read[slot] && stored[slot] == null && !kept.contains(slot))
                    .distinct()
                    .toArray();
            for (int slot : last) {
                read[slot] = true;
            }
            result.set(i, new Step(step.node(), step.operation(), step.in(), step.out(), last));
        }
        return result;
    }
}
