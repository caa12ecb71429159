package io.millrace.onnx.channels;

import io.millrace.onnx.Node;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Operators;
import io.millrace.onnx.operator.Setting;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A node around a cut as its operator adapts it: group counts, sizes, bounds, indices and target shapes. New constants are
 * added instead of changing old ones, which other nodes may read.
 */
public final class NodeCut extends NodeView {
    /** An element of a vector of sizes. */
    public sealed interface Size {}

    /** A size that is known. */
    public record Fixed(long value) implements Size {}

    /** A size that only shows when the model runs: an element of another vector. */
    public record Computed(String vector, int index) implements Size {}

    private final Patch patch;
    private final Survivors survivors;
    private final List<Node> before = new ArrayList<>();
    private final List<Node> after = new ArrayList<>();

    private NodeCut(AtomGraph graph, Node node, Patch patch, Survivors survivors) {
        super(graph, node);
        this.patch = patch;
        this.survivors = survivors;
    }

    /** Adapts one node of the graph that is cut, if the cut touches what it reads or makes. */
    static void apply(Node node, AtomGraph graph, Patch patch, Survivors survivors) {
        boolean touched = node.inputs().stream().anyMatch(survivors::touches)
                || node.outputs().stream().anyMatch(survivors::touches);
        if (!touched) {
            return;
        }
        NodeCut cut = new NodeCut(graph, node, patch, survivors);
        Node changed = Operators.of(node).cut(cut);
        if (changed == node && cut.before.isEmpty() && cut.after.isEmpty()) {
            return;
        }
        List<Node> nodes = new ArrayList<>(cut.before);
        nodes.add(changed);
        nodes.addAll(cut.after);
        patch.replace(node, nodes);
    }

    /**
     * {@return the positions along an axis of an input that stay; {@code null} if all do}
     *
     * @param input number of the input, from 0
     * @param axis number of the axis, from 0
     */
    public int[] kept(int input, int axis) {
        return survivors.kept(node.input(input), axis);
    }

    /**
     * {@return the positions along an axis of an output that stay; {@code null} if all do}
     *
     * @param output number of the output, from 0
     * @param axis number of the axis, from 0
     */
    public int[] keptOutput(int output, int axis) {
        return survivors.kept(node.output(output), axis);
    }

    /**
     * {@return the positions along an axis of what a shuffle re-orders that stay; {@code null} if all do}
     *
     * @param shuffle the shuffle that a Reshape begins
     */
    public int[] kept(ChannelShuffle shuffle) {
        return survivors.kept(shuffle.value(), shuffle.axis());
    }

    /**
     * {@return the size an axis of an input has after the cut, -1 where it is not known}
     *
     * @param input number of the input, from 0
     * @param axis number of the axis, from 0
     */
    public long size(int input, int axis) {
        return survivors.size(node.input(input), axis);
    }

    /**
     * {@return the size an axis of an output has after the cut, -1 where it is not known}
     *
     * @param output number of the output, from 0
     * @param axis number of the axis, from 0
     */
    public long outSize(int output, int axis) {
        return survivors.size(node.output(output), axis);
    }

    /**
     * {@return whether the input channels of a weight are counted over all groups of a convolution}
     *
     * @param input number of the input, from 0
     */
    public boolean isGrouped(int input) {
        return graph.groupedInputs().containsKey(node.input(input));
    }

    /**
     * {@return how many of the positions that stay lie before one}
     *
     * @param kept positions that stay, ascending
     * @param bound a position before the cut
     */
    public static int below(int[] kept, long bound) {
        return (int) IntStream.of(kept).filter(k -> k < bound).count();
    }

    /**
     * {@return the new places of positions among those that stay; what is gone is left out}
     *
     * @param positions before the cut
     * @param kept positions that stay, ascending
     */
    public static long[] moved(IntStream positions, int[] kept) {
        return positions
                .map(i -> Arrays.binarySearch(kept, i))
                .filter(at -> at >= 0)
                .mapToLong(at -> at)
                .toArray();
    }

    /**
     * {@return a name that nothing has yet}
     *
     * @param stem what the name begins with
     */
    public String freshName(String stem) {
        return patch.name(stem);
    }

    /**
     * {@return the name of a new stored vector}
     *
     * @param purpose what the name begins with
     * @param values whole numbers, one axis
     */
    public String store(String purpose, long... values) {
        return store(purpose, Tensor.ofLongs(values, values.length));
    }

    /**
     * {@return the name of a new stored tensor}
     *
     * @param purpose what the name begins with
     * @param tensor what to store
     */
    public String store(String purpose, Tensor tensor) {
        return patch.store(node.output(0) + "_" + purpose, tensor);
    }

    /**
     * {@return the node with other numbers for a setting, in the form that the model's opset has}
     *
     * @param changed the node as it is so far
     * @param setting the numbers in question
     * @param values the numbers after the cut
     */
    public Node with(Node changed, Setting setting, long... values) {
        return setting.isInput(opset())
                ? changed.withInput(setting.input(), store(setting.attribute(), values))
                : changed.with(setting.attribute(), values);
    }

    /**
     * {@return the name of a vector of sizes, stored if all are known, else computed right before the node}
     *
     * @param sizes of the axes, in order
     */
    public String vector(List<Size> sizes) {
        if (sizes.stream().allMatch(Fixed.class::isInstance)) {
            return store(
                    "shape",
                    sizes.stream().mapToLong(size -> ((Fixed) size).value()).toArray());
        }
        String name = freshName(node.output(0) + "_shape");
        before.addAll(joined(sizes, name));
        return name;
    }

    /**
     * Computes a vector of sizes right behind the node.
     *
     * @param sizes of the axes, in order
     * @param name the value to be made
     */
    public void computeAfter(List<Size> sizes, String name) {
        after.addAll(joined(sizes, name));
    }

    private List<Node> joined(List<Size> sizes, String name) {
        List<Node> nodes = new ArrayList<>();
        List<String> pieces = new ArrayList<>();
        for (Size size : sizes) {
            if (size instanceof Computed at) {
                String index = patch.store(name + "_at", Tensor.ofLongs(new long[] {at.index()}, 1));
                String piece = freshName(name + "_" + pieces.size());
                nodes.add(Node.of("Gather", piece, List.of(at.vector(), index), List.of(piece)));
                pieces.add(piece);
            } else if (size instanceof Fixed fixed) {
                pieces.add(patch.store(name + "_size", Tensor.ofLongs(new long[] {fixed.value()}, 1)));
            }
        }
        nodes.add(Node.of("Concat", freshName(name + "_joined"), pieces, List.of(name))
                .with("axis", 0));
        return nodes;
    }
}
