package io.millrace.onnx.simplify;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.List;

/** Stores the sizes that follow from the declared shapes, instead of computing them at each run. */
final class ShapeArithmetic {
    private ShapeArithmetic() {}

    /** Changes the model it is given, and says how many values are stored now. */
    static int fold(OnnxModel model) {
        Graph graph = model.graph();
        Shapes shapes = Shapes.infer(model);
        Patch patch = Patch.of(graph, "fold-shapes");
        int stored = 0;
        for (Node node : graph.nodes()) {
            String value = node.output(0);
            Shape shape = shapes.of(value).orElse(null);
            List<Dim> elements = shapes.elements(value).orElse(List.of());
            boolean sizes = shape != null && (shape.type() == ElementType.INT64 || shape.type() == ElementType.INT32);
            if (sizes
                    && node.outputs().size() == 1
                    && !graph.isOutput(value)
                    && !elements.isEmpty()
                    && elements.stream().allMatch(Dim::known)) {
                long[] numbers = elements.stream().mapToLong(Dim::value).toArray();
                long[] dims = shape.dims().stream().mapToLong(Dim::value).toArray();
                patch.set(value, Tensor.ofLongs(numbers, dims).as(shape.type()));
                stored++;
            }
        }
        for (Node node : graph.nodes()) {
            boolean computed = node.is("Reshape")
                    && node.intAttribute("allowzero", 0) == 0
                    && graph.constant(node.input(1)).isEmpty()
                    && patch.constant(node.input(1)) == null;
            long[] target = computed
                    ? Movements.target(
                            shapes.of(node.input(0)).orElse(null),
                            shapes.of(node.output(0)).orElse(null))
                    : null;
            if (target != null) {
                String shape = patch.store(node.output(0) + "_shape", Tensor.ofLongs(target, target.length));
                patch.redirect(node, node.input(1), shape);
                stored++;
            }
        }
        patch.apply();
        return stored;
    }
}
