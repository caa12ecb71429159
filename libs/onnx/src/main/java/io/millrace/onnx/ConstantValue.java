package io.millrace.onnx;

import java.util.Arrays;
import java.util.Optional;

/**
 * What a value holds that never changes: a stored tensor, a Constant node, a ConstantOfShape of a stored shape, or one of
 * them behind operators that only present it otherwise (Identity, Cast, Reshape, Squeeze, Unsqueeze, Flatten, Transpose).
 * Exporters write such nodes in front of parameters that are equal, or that are stored in another type.
 */
final class ConstantValue {
    private static final int LONGEST_CHAIN = 16;
    /** Larger tensors are not copied to be presented in another type or order. */
    private static final long MOST_COPIED = 1 << 26;
    /** Larger tensors are not filled: a model that computes its weights stays small. */
    private static final long MOST_FILLED = 1 << 12;

    private ConstantValue() {}

    static Optional<Tensor> of(Graph graph, String value) {
        return of(graph, value, 0);
    }

    private static Optional<Tensor> of(Graph graph, String value, int depth) {
        Optional<Tensor> stored = graph.constant(value);
        Node node = stored.isPresent() || depth > LONGEST_CHAIN ? null : graph.producer(value);
        if (node != null && node.is("ConstantOfShape")) {
            return filled(node, of(graph, node.input(0), depth + 1));
        }
        if (node == null || !node.is("Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Transpose")) {
            return stored;
        }
        Tensor tensor = of(graph, node.input(0), depth + 1)
                .filter(t -> t.type() != ElementType.STRING)
                .orElse(null);
        if (tensor == null) {
            return Optional.empty();
        }
        try {
            return switch (node.op()) {
                case "Identity" -> Optional.of(tensor);
                case "Cast" -> cast(tensor, node);
                case "Reshape" -> reshaped(tensor, node, graph);
                case "Flatten" -> Optional.of(flat(tensor, (int) node.intAttribute("axis", 1)));
                case "Transpose" -> transposed(tensor, node);
                default -> squeezed(tensor, node, graph);
            };
        } catch (InvalidModelException | ArithmeticException e) {
            return Optional.empty();
        }
    }

    private static Optional<Tensor> filled(Node node, Optional<Tensor> shape) {
        Tensor value = node.tensorAttribute("value").flatMap(Tensor::numbers).orElse(Tensor.scalar(0));
        long[] dims = shape.filter(t -> t.type() == ElementType.INT64)
                .map(Tensor::longs)
                .orElse(null);
        try {
            if (dims == null || value.type() != ElementType.FLOAT || Tensor.count(dims) > MOST_FILLED) {
                return Optional.empty();
            }
        } catch (InvalidModelException e) {
            return Optional.empty();
        }
        float[] values = new float[(int) Tensor.count(dims)];
        Arrays.fill(values, value.floats()[0]);
        return Optional.of(Tensor.ofFloats(values, dims));
    }

    private static Optional<Tensor> cast(Tensor tensor, Node node) {
        ElementType wanted = ElementType.of((int) node.intAttribute("to", 0));
        boolean floats =
                wanted.isFloatingPoint() && tensor.type().isFloatingPoint() && tensor.type() != ElementType.DOUBLE;
        return wanted == tensor.type() || floats && tensor.count() <= MOST_COPIED
                ? Optional.of(tensor.as(wanted))
                : Optional.empty();
    }

    private static Optional<Tensor> reshaped(Tensor tensor, Node node, Graph graph) {
        Tensor target = graph.constant(node.input(1)).orElse(null);
        if (target == null || node.intAttribute("allowzero", 0) != 0) {
            return Optional.empty();
        }
        long[] shape = target.longs();
        int open = -1;
        long known = 1;
        for (int i = 0; i < shape.length; i++) {
            if (shape[i] == 0) {
                shape[i] = tensor.dim(i);
            }
            if (shape[i] == -1) {
                open = i;
            } else {
                known *= shape[i];
            }
        }
        if (open >= 0) {
            shape[open] = tensor.count() / known;
        }
        return Optional.of(tensor.reshape(shape));
    }

    private static Tensor flat(Tensor tensor, int axis) {
        long rows = 1;
        for (int i = 0; i < Math.floorMod(axis, tensor.rank() + 1); i++) {
            rows *= tensor.dim(i);
        }
        return tensor.reshape(rows, tensor.count() / rows);
    }

    private static Optional<Tensor> squeezed(Tensor tensor, Node node, Graph graph) {
        long[] axes = node.intsAttribute("axes", (long[]) null);
        if (axes == null && !node.input(1).isEmpty()) {
            axes = graph.constant(node.input(1)).map(Tensor::longs).orElse(null);
        }
        if (axes == null) {
            return Optional.empty();
        }
        boolean in = node.is("Unsqueeze");
        int rank = in ? tensor.rank() + axes.length : tensor.rank();
        boolean[] chosen = new boolean[rank];
        for (long axis : axes) {
            chosen[Math.floorMod((int) axis, rank)] = true;
        }
        long[] dims = new long[in ? rank : rank - axes.length];
        int from = 0;
        int to = 0;
        for (int i = 0; i < rank; i++) {
            if (in) {
                dims[i] = chosen[i] ? 1 : tensor.dim(from++);
            } else if (!chosen[i]) {
                dims[to++] = tensor.dim(i);
            }
        }
        return Optional.of(tensor.reshape(dims));
    }

    private static Optional<Tensor> transposed(Tensor tensor, Node node) {
        int rank = tensor.rank();
        long[] permutation = node.intsAttribute("perm", (long[]) null);
        if (permutation == null) {
            permutation = new long[rank];
            for (int i = 0; i < rank; i++) {
                permutation[i] = rank - 1 - i;
            }
        }
        if (permutation.length != rank || tensor.count() > MOST_COPIED || tensor.type() != ElementType.FLOAT) {
            return Optional.empty();
        }
        long[] order = permutation;
        long[] dims = Arrays.stream(order).map(axis -> tensor.dim((int) axis)).toArray();
        long[] strides = new long[rank];
        long stride = 1;
        for (int i = rank - 1; i >= 0; i--) {
            strides[i] = stride;
            stride *= tensor.dim(i);
        }
        float[] values = tensor.floats();
        float[] moved = new float[values.length];
        int[] at = new int[rank];
        for (int i = 0; i < moved.length; i++) {
            long from = 0;
            for (int axis = 0; axis < rank; axis++) {
                from += at[axis] * strides[(int) order[axis]];
            }
            moved[i] = values[(int) from];
            for (int axis = rank - 1; axis >= 0 && ++at[axis] == dims[axis]; axis--) {
                at[axis] = 0;
            }
        }
        return Optional.of(Tensor.ofFloats(moved, dims));
    }
}
