package io.millrace.onnx.simplify;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.List;
import java.util.stream.Stream;

/** Makes one of two neighbours that only move elements: two transpositions, or two changes of shape. */
final class Movements {
    private static final String STEP = "merge-movements";

    private final Graph graph;
    private final Shapes shapes;

    private Movements(OnnxModel model) {
        graph = model.graph();
        shapes = Shapes.infer(model);
    }

    /** Changes the model it is given, and says how many pairs are one now. */
    static int merge(OnnxModel model) {
        Movements work = new Movements(model);
        int merged = 0;
        for (Node node : model.graph().nodes()) {
            if (work.graph.contains(node) && work.merge(node)) {
                merged++;
            }
        }
        return merged;
    }

    private boolean merge(Node node) {
        if (node.is("Concat") && joins(node)) {
            return true;
        }
        Node before = graph.producer(node.input(0));
        if (before == null
                || graph.isOutput(before.output(0))
                || graph.consumers(before.output(0)).size() > 1
                || node.captured().contains(before.output(0))) {
            return false;
        }
        if (node.is("Transpose") && before.is("Transpose")) {
            return transpositions(before, node);
        }
        return reshapes(node) && reshapes(before) && shapes(before, node);
    }

    /** Joins directly what another Concat along the same axis joined before. */
    private boolean joins(Node node) {
        for (String input : node.inputs()) {
            Node inner = graph.producer(input);
            if (inner != null
                    && inner.is("Concat")
                    && inner.intAttribute("axis", 1) == node.intAttribute("axis", 1)
                    && !graph.isOutput(input)
                    && graph.consumers(input).size() == 1
                    && node.inputs().stream().filter(input::equals).count() == 1) {
                List<String> inputs = node.inputs().stream()
                        .flatMap(i -> i.equals(input) ? inner.inputs().stream() : Stream.of(i))
                        .toList();
                Patch.of(graph, STEP)
                        .replace(List.of(inner, node), node.withInputs(inputs))
                        .apply();
                return true;
            }
        }
        return false;
    }

    private static boolean reshapes(Node node) {
        return node.is("Reshape", "Squeeze", "Unsqueeze", "Flatten");
    }

    private boolean transpositions(Node first, Node second) {
        long[] p = first.intsAttribute("perm", (long[]) null);
        long[] q = second.intsAttribute("perm", (long[]) null);
        if (p == null || q == null || p.length != q.length) {
            return false;
        }
        long[] both = new long[p.length];
        for (int i = 0; i < both.length; i++) {
            both[i] = p[(int) q[i]];
        }
        Node merged = second.withInput(0, first.input(0)).with("perm", both);
        Patch.of(graph, STEP).replace(List.of(first, second), merged).apply();
        return true;
    }

    private boolean shapes(Node first, Node second) {
        Shape in = shapes.of(first.input(0)).orElse(null);
        Shape out = shapes.of(second.output(0)).orElse(null);
        long[] target = target(in, out);
        if (target == null) {
            return false;
        }
        Patch patch = Patch.of(graph, STEP);
        String shape = patch.store(second.output(0) + "_shape", Tensor.ofLongs(target, target.length));
        Node merged = Node.of("Reshape", second.name(), List.of(first.input(0), shape), second.outputs());
        patch.replace(List.of(first, second), merged).apply();
        return true;
    }

    /** What a Reshape has to be told to make this of its input; {@code null} if it cannot be said with numbers. */
    static long[] target(Shape in, Shape out) {
        if (out == null) {
            return null;
        }
        long[] target = new long[out.dims().size()];
        boolean open = false;
        for (int i = 0; i < target.length; i++) {
            Dim dim = out.dims().get(i);
            if (dim.known()) {
                target[i] = dim.value();
            } else if (in != null && i < in.dims().size() && in.dims().get(i).equals(dim)) {
                target[i] = 0;
            } else if (!open) {
                target[i] = -1;
                open = true;
            } else {
                return null;
            }
            if (dim.known() && target[i] == 0) {
                return null;
            }
        }
        return target;
    }
}
