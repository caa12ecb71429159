package io.millrace.onnx.simplify;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.rewrite.Uniform;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.Arrays;
import java.util.Optional;

/** Drops nodes that give what they are given. */
final class Identities {
    private final Graph graph;
    private final Shapes shapes;

    private Identities(OnnxModel model) {
        graph = model.graph();
        shapes = Shapes.infer(model);
    }

    /** Changes the model it is given, and says how many nodes are gone. */
    static int drop(OnnxModel model) {
        Identities work = new Identities(model);
        int dropped = 0;
        for (Node node : model.graph().nodes()) {
            // A node that was changed by an earlier drop is looked at in the next round.
            String same = work.graph.contains(node) ? work.equalInput(node) : null;
            if (same != null && Bypass.of(work.graph, "drop-identity", node, same)) {
                dropped++;
            }
        }
        return dropped;
    }

    /** The input that a node gives unchanged, {@code null} if it gives something else. */
    private String equalInput(Node node) {
        boolean same =
                switch (node.domain().isEmpty() ? node.op() : "") {
                    case "Identity" -> true;
                    case "Dropout" -> dropsNothing(node);
                    case "Cast" ->
                        type(node.input(0))
                                .filter(t -> t == node.intAttribute("to", 0))
                                .isPresent();
                    case "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Expand", "Tile" -> keepsShape(node);
                    case "Slice" -> keepsShape(node) && stepsForward(node);
                    case "Pad" -> padsNothing(node);
                    case "Transpose" -> isSorted(node.intsAttribute("perm", (long[]) null));
                    case "Split" -> node.outputs().size() == 1;
                    case "Concat", "Sum", "Max", "Min", "Mean" -> node.inputs().size() == 1;
                    case "Mul", "Div" -> isNumber(node, 1);
                    case "Add", "Sub" -> isNumber(node, 0);
                    default -> false;
                };
        return same ? node.input(0) : null;
    }

    private boolean dropsNothing(Node node) {
        Tensor training = graph.constant(node.input(2)).orElse(null);
        return (node.input(2).isEmpty() || training != null && training.longs()[0] == 0)
                && (node.output(1).isEmpty() || !graph.isRead(node.output(1)));
    }

    private Optional<Long> type(String value) {
        return shapes.of(value).map(shape -> (long) shape.type().code());
    }

    private boolean keepsShape(Node node) {
        Shape in = shapes.of(node.input(0)).orElse(null);
        Shape out = shapes.of(node.output(0)).orElse(null);
        return in != null && out != null && in.dims().equals(out.dims());
    }

    private boolean stepsForward(Node node) {
        if (node.input(4).isEmpty()) {
            return true;
        }
        Tensor steps = graph.constant(node.input(4)).orElse(null);
        return steps != null && Arrays.stream(steps.longs()).allMatch(step -> step > 0);
    }

    private boolean padsNothing(Node node) {
        long[] pads = node.input(1).isEmpty()
                ? node.intsAttribute("pads", (long[]) null)
                : graph.constant(node.input(1)).map(Tensor::longs).orElse(null);
        return pads != null && Arrays.stream(pads).allMatch(pad -> pad == 0);
    }

    private static boolean isSorted(long[] permutation) {
        for (int i = 0; permutation != null && i < permutation.length; i++) {
            if (permutation[i] != i) {
                return false;
            }
        }
        return permutation != null;
    }

    /** Whether the second operand is this number, and does not spread the first. */
    private boolean isNumber(Node node, double number) {
        return keepsShape(node)
                && graph.constant(node.input(1)).isPresent()
                && Uniform.valueOf(graph, node.input(1)).orElse(Double.NaN) == number;
    }
}
