package io.millrace.onnx.simplify;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.rewrite.SubModel;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Stores what nodes make of stored tensors alone. Quantized weights and what would grow much stay as they are. */
final class ConstantFolding {
    private static final String STEP = "fold-constants";
    /** A result may always have so many elements, and more if its inputs have. */
    private static final long SMALL = 1 << 16;

    private final Graph graph;
    private final Shapes shapes;
    private final Set<String> constant;
    private final Set<Node> foldable = new LinkedHashSet<>();

    private ConstantFolding(OnnxModel model) {
        graph = model.graph();
        shapes = Shapes.infer(model);
        constant = new HashSet<>(graph.initializers().keySet());
        for (Node node : graph.nodes()) {
            if (isFoldable(node)) {
                foldable.add(node);
                constant.addAll(node.outputs());
            }
        }
    }

    /** Folds what can be folded. Changes the model it is given, and says how many nodes are gone. */
    static int fold(OnnxModel model, Evaluator evaluator) {
        ConstantFolding work = new ConstantFolding(model);
        Set<String> wanted = work.frontier();
        if (wanted.isEmpty()) {
            return 0;
        }
        Map<String, Tensor> values = evaluator.evaluate(SubModel.between(model, List.of(), List.copyOf(wanted)));
        int before = model.graph().nodes().size();
        Patch patch = Patch.of(model.graph(), STEP);
        for (Node node : work.foldable) {
            if (node.outputs().stream().allMatch(values::containsKey)) {
                node.outputs().forEach(output -> patch.set(output, values.get(output)));
            }
        }
        patch.apply();
        return before - model.graph().nodes().size();
    }

    private boolean isFoldable(Node node) {
        boolean pure = node.domain().isEmpty()
                && node.subgraphs().isEmpty()
                && !node.is("QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear")
                && !node.is("RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike")
                && !node.is("Multinomial", "Bernoulli");
        if (!pure
                || node.inputs().isEmpty() && !node.is("Constant")
                || node.outputs().stream().anyMatch(o -> o.isEmpty() || graph.isOutput(o))
                || !node.inputs().stream().allMatch(i -> i.isEmpty() || constant.contains(i))) {
            return false;
        }
        long inputs = node.inputs().stream().mapToLong(this::elements).sum();
        return node.is("Constant")
                || node.outputs().stream().mapToLong(this::elements).sum() <= Math.max(SMALL, inputs);
    }

    private long elements(String value) {
        return value.isEmpty()
                ? 0
                : shapes.of(value)
                        .map(Shape::dims)
                        .filter(dims -> dims.stream().allMatch(Dim::known))
                        .map(dims -> dims.stream().mapToLong(Dim::value).reduce(1, (a, b) -> a * b))
                        .orElse(Long.MAX_VALUE / 4);
    }

    /** The outputs of foldable nodes of which something else reads one. */
    private Set<String> frontier() {
        Set<String> wanted = new LinkedHashSet<>();
        for (Node node : foldable) {
            boolean read = node.outputs().stream()
                    .flatMap(output -> graph.consumers(output).stream())
                    .anyMatch(reader -> !foldable.contains(reader));
            if (read) {
                wanted.addAll(node.outputs());
            }
        }
        return wanted;
    }
}
