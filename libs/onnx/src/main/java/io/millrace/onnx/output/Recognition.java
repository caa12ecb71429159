package io.millrace.onnx.output;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Tells the kind of an output from the graph that makes it. Operators that only move values (Reshape, Transpose, Cast and
 * their like) are looked through.
 */
final class Recognition {
    private static final String[] MOVING = {
        "Identity", "Cast", "Dropout", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose"
    };

    private final Graph graph;
    private final Shapes shapes;
    private final long opset;

    Recognition(OnnxModel model) {
        this.graph = model.graph();
        this.shapes = Shapes.infer(model);
        this.opset = model.opset();
    }

    /** Plain values where the graph tells nothing else. */
    ModelOutput of(ValueInfoProto output) {
        String name = output.getName();
        Shape shape = shapes.of(name).orElse(null);
        if (descendsFrom(name, "NonMaxSuppression")) {
            return plain(name, shape, OutputKind.BOXES, "made by NonMaxSuppression");
        }
        if (shape != null && !shape.type().isFloatingPoint()) {
            return plain(name, shape, OutputKind.CLASS_INDICES, "of type " + shape.type());
        }
        List<Node> moves = new ArrayList<>();
        String value = name;
        Node maker = graph.producer(value);
        while (maker != null && maker.is(MOVING) && maker.output(0).equals(value)) {
            moves.add(maker);
            value = maker.input(0);
            maker = graph.producer(value);
        }
        Collections.reverse(moves);
        ModelOutput known = maker == null ? null : byMaker(name, shape, value, maker, moves);
        return known != null ? known : byUse(name, shape);
    }

    private ModelOutput byMaker(String name, Shape shape, String value, Node maker, List<Node> moves) {
        if (maker.is("Softmax", "LogSoftmax")) {
            OptionalInt axis = axisBehind(moves, softmaxAxis(maker, value));
            if (axis.isEmpty()) {
                return null;
            }
            boolean row = shape == null || isRow(shape, axis.getAsInt());
            boolean log = maker.is("LogSoftmax");
            OutputKind kind = !row ? OutputKind.CLASS_MAP : log ? OutputKind.CLASS_SCORES : OutputKind.PROBABILITIES;
            return new ModelOutput(
                    name,
                    kind,
                    !log,
                    axis.getAsInt(),
                    classes(shape, axis.getAsInt()),
                    maker.input(0),
                    "behind a " + maker.op());
        }
        if (maker.is("Sigmoid") && shape != null && (isOneNumber(shape) || isRow(shape, 1))) {
            OutputKind kind = isOneNumber(shape) ? OutputKind.BINARY_SCORE : OutputKind.INDEPENDENT_SCORES;
            return new ModelOutput(name, kind, true, 1, classes(shape, 1), maker.input(0), "behind a Sigmoid");
        }
        if (isUnitLength(maker)) {
            return plain(name, shape, OutputKind.EMBEDDING, "brought to length 1");
        }
        return null;
    }

    /** What the rest of the graph, or its author by the name, does with it. */
    private ModelOutput byUse(String name, Shape shape) {
        for (Node reader : graph.consumers(name)) {
            if (reader.is("ArgMax") && shape != null) {
                int axis = fromStart((int) reader.intAttribute("axis", 0), shape.rank());
                if (axis > 0) {
                    OutputKind kind = isRow(shape, axis) ? OutputKind.CLASS_SCORES : OutputKind.CLASS_MAP;
                    return new ModelOutput(name, kind, false, axis, classes(shape, axis), name, "read by an ArgMax");
                }
            }
        }
        if (name.toLowerCase(Locale.ROOT).contains("logits") && shape != null && isRow(shape, 1)) {
            return plain(name, shape, OutputKind.CLASS_SCORES, "its name says so");
        }
        return plain(name, shape, OutputKind.VALUES, "nothing tells that it is anything else");
    }

    private static ModelOutput plain(String name, Shape shape, OutputKind kind, String why) {
        return new ModelOutput(name, kind, false, 1, classes(shape, 1), name, why);
    }

    /** Along which axis a Softmax normalises; none where it normalises over several, as before opset 13 it could. */
    private OptionalInt softmaxAxis(Node softmax, String value) {
        Shape shape = shapes.of(value).orElse(null);
        if (shape == null) {
            return opset >= 13 ? OptionalInt.empty() : OptionalInt.of((int) softmax.intAttribute("axis", 1));
        }
        int axis = fromStart((int) softmax.intAttribute("axis", opset >= 13 ? -1 : 1), shape.rank());
        boolean single = opset >= 13 || axis == shape.rank() - 1 || inner(shape, axis) == 1;
        return axis > 0 && single ? OptionalInt.of(axis) : OptionalInt.empty();
    }

    private OptionalInt axisBehind(List<Node> moves, OptionalInt axis) {
        for (Node move : moves) {
            if (axis.isEmpty()) {
                return axis;
            }
            axis = axisBehind(move, axis.getAsInt());
        }
        return axis;
    }

    private OptionalInt axisBehind(Node move, int axis) {
        if (move.is("Identity", "Cast", "Dropout")) {
            return OptionalInt.of(axis);
        }
        if (move.is("Transpose")) {
            long[] order = move.intsAttribute("perm");
            for (int i = 0; i < order.length; i++) {
                if (order[i] == axis) {
                    return i == 0 ? OptionalInt.empty() : OptionalInt.of(i);
                }
            }
            return OptionalInt.empty();
        }
        Shape before = shapes.of(move.input(0)).orElse(null);
        Shape after = shapes.of(move.output(0)).orElse(null);
        if (before == null || after == null) {
            return OptionalInt.empty();
        }
        for (int i = 1; i < after.rank(); i++) {
            if (after.dim(i).equals(before.dim(axis))
                    && inner(after, i) == inner(before, axis)
                    && inner(after, i) > 0) {
                return OptionalInt.of(i);
            }
        }
        return OptionalInt.empty();
    }

    /** Elements behind one step of an axis; 0 where that is not known. */
    private static long inner(Shape shape, int axis) {
        long count = 1;
        for (int i = axis + 1; i < shape.rank(); i++) {
            count *= shape.dim(i).known() ? shape.dim(i).value() : 0;
        }
        return count;
    }

    private boolean isUnitLength(Node maker) {
        if (maker.is("LpNormalization")) {
            return true;
        }
        if (!maker.is("Div")) {
            return false;
        }
        Node length = graph.producer(maker.input(1));
        while (length != null && length.is("Clip", "Max", "Expand", "Add", "Sqrt", "Identity")) {
            length = graph.producer(length.input(0));
        }
        return length != null
                && length.is("ReduceL2", "ReduceSumSquare")
                && length.input(0).equals(maker.input(0));
    }

    private boolean descendsFrom(String value, String operator) {
        Set<String> seen = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(value));
        while (!open.isEmpty()) {
            Node node = graph.producer(open.pop());
            if (node != null && node.is(operator)) {
                return true;
            }
            if (node != null) {
                node.inputs().stream().filter(seen::add).forEach(open::push);
            }
        }
        return false;
    }

    /** [N, K], also [N, K, 1, 1] and [N, 1, K]: one row of numbers a sample. */
    static boolean isRow(Shape shape, int axis) {
        for (int i = 1; i < shape.rank(); i++) {
            if (i != axis && !shape.dim(i).is(1)) {
                return false;
            }
        }
        return axis < shape.rank() && !shape.dim(axis).is(1);
    }

    /** [N], [N, 1], [N, 1, 1]: one number a sample. */
    static boolean isOneNumber(Shape shape) {
        return shape.rank() >= 1 && shape.dims().stream().skip(1).allMatch(dim -> dim.is(1));
    }

    private static long classes(Shape shape, int axis) {
        return shape == null
                ? -1
                : axis >= shape.rank()
                        ? 1
                        : shape.dim(axis).known() ? shape.dim(axis).value() : -1;
    }

    private static int fromStart(int axis, int rank) {
        return axis < 0 ? axis + rank : axis;
    }

    Shape shape(String output) {
        return shapes.of(output).orElse(null);
    }
}
