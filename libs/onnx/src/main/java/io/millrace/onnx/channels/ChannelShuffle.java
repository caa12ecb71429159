package io.millrace.onnx.channels;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A Reshape, Transpose, Reshape that only re-orders the channels along one axis. Channels cut out of it would break its
 * rectangle; a Gather with the same order has none, so a cut puts that in its place.
 *
 * @param value what is shuffled
 * @param axis the axis that is re-ordered
 * @param order channel {@code i} of the result is channel {@code order[i]} of the value
 * @param pieces how many axes it has in between
 */
public record ChannelShuffle(String value, int axis, int[] order, int pieces) {

    /**
     * The shuffles of a graph.
     *
     * @param ends by the value a shuffle makes
     * @param inner by the values inside
     */
    record Found(Map<String, ChannelShuffle> ends, Map<String, ChannelShuffle> inner) {
        /** The shuffle that makes a value, or {@code null}. */
        ChannelShuffle ending(String value) {
            return ends.get(value);
        }

        /** The shuffle inside which a value is, or {@code null}. */
        ChannelShuffle around(String value) {
            return inner.get(value);
        }
    }

    /**
     * {@return where the axes that are not shuffled lie between the two Reshapes}
     *
     * @param other number of an axis of the value, from 0
     */
    public int inside(int other) {
        return other < axis ? other : other + pieces - 1;
    }

    /** All shuffles of a graph. */
    static Found find(Graph graph, Shapes shapes) {
        Found found = new Found(new HashMap<>(), new HashMap<>());
        for (Node first : graph.nodes()) {
            Node transpose = first.is("Reshape") ? onlyReader(graph, first) : null;
            Node last = transpose != null && transpose.is("Transpose") ? onlyReader(graph, transpose) : null;
            Node copy = last != null && last.is("Identity") ? last : transpose;
            last = copy == transpose ? last : onlyReader(graph, copy);
            if (last != null && last.is("Reshape") && last.input(0).equals(copy.output(0))) {
                Optional<ChannelShuffle> shuffle = shuffle(first, transpose, last, shapes);
                if (shuffle.isPresent()) {
                    found.ends.put(last.output(0), shuffle.get());
                    for (Node inside : List.of(first, transpose, copy)) {
                        found.inner.put(inside.output(0), shuffle.get());
                    }
                }
            }
        }
        return found;
    }

    private static Node onlyReader(Graph graph, Node node) {
        List<Node> readers = graph.consumers(node.output(0));
        return readers.size() == 1 && !graph.isOutput(node.output(0)) ? readers.get(0) : null;
    }

    private static Optional<ChannelShuffle> shuffle(Node first, Node transpose, Node last, Shapes shapes) {
        List<Dim> in = dims(shapes, first.input(0));
        List<Dim> split = dims(shapes, first.output(0));
        List<Dim> moved = dims(shapes, transpose.output(0));
        if (in == null || split == null || moved == null || !in.equals(dims(shapes, last.output(0)))) {
            return Optional.empty();
        }
        long[] order = transpose.intsAttribute("perm");
        if (order == null || order.length != split.size()) {
            return Optional.empty();
        }
        int[] perm = Arrays.stream(order).mapToInt(axis -> (int) axis).toArray();
        // The split axis lies between the axes that agree from the left and those that agree from the right.
        int pieces = split.size() - in.size() + 1;
        int axis = 0;
        while (axis < in.size() - 1 && in.get(axis).equals(split.get(axis)) && perm[axis] == axis) {
            axis++;
        }
        if (pieces < 2 || !in.get(axis).known()) {
            return Optional.empty();
        }
        int start = axis;
        Set<Integer> inside = new HashSet<>();
        for (int i = 0; i < split.size(); i++) {
            boolean isPiece = i >= start && i < start + pieces;
            if (isPiece) {
                inside.add(perm[i]);
            } else if (perm[i] != i || !split.get(i).equals(in.get(i < start ? i : i - pieces + 1))) {
                return Optional.empty();
            }
        }
        List<Integer> pieceAxes = IntStream.range(start, start + pieces).boxed().toList();
        if (!inside.containsAll(pieceAxes)
                || !pieceAxes.stream().allMatch(i -> split.get(i).known())) {
            return Optional.empty();
        }
        int[] sizes =
                pieceAxes.stream().mapToInt(i -> (int) split.get(i).value()).toArray();
        int channels = (int) in.get(start).value();
        if (Part.product(sizes) != channels) {
            return Optional.empty();
        }
        int[] pieceAxesArray = pieceAxes.stream().mapToInt(i -> i).toArray();
        Part identity =
                new Part(pieceAxesArray, sizes, IntStream.range(0, channels).toArray());
        List<Integer> inverse = new ArrayList<>();
        for (int i = 0; i < perm.length; i++) {
            inverse.add(indexOf(perm, i));
        }
        return Optional.of(new ChannelShuffle(
                first.input(0), start, identity.moved(inverse::get).ids(), pieces));
    }

    private static int indexOf(int[] perm, int axis) {
        return IntStream.range(0, perm.length)
                .filter(i -> perm[i] == axis)
                .findFirst()
                .orElseThrow();
    }

    private static List<Dim> dims(Shapes shapes, String value) {
        return shapes.of(value).map(Shape::dims).orElse(null);
    }
}
