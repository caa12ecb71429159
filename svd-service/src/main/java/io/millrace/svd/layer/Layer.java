package io.millrace.svd.layer;

import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.tensor.Matrix;
import java.util.Arrays;
import java.util.List;

/**
 * A layer with a stored weight: a convolution, a transposed one, or a fully connected one, seen alike as a kernel
 * {@code [outputs, inputs, taps]} for each group. Layers that share a weight are one: they get one decomposition and read
 * one chain of factors, so that what the sharing promises (a siamese network's symmetry, a tied decoder) stays true.
 * Costs are of all of them together, for one sample.
 */
public final class Layer {
    private final Kind kind;
    private final List<Use> uses;
    private final Tensor weight;
    private final boolean storedTransposed;
    private final int groups;
    private final int inputs;
    private final int outputs;
    private final int[] kernel;

    /** What it computes. */
    public enum Kind {
        CONVOLUTION,
        TRANSPOSED,
        MATRIX
    }

    /**
     * A node that reads the weight.
     *
     * @param input positions of one sample along each axis that it reads; {@code output} that it makes. One axis of rows
     *     for a fully connected layer
     */
    public record Use(Node node, long[] input, long[] output) {}

    /**
     * @param uses all nodes that read the weight, in the order of the graph, alike in their groups
     * @param storedTransposed of a fully connected layer: whether the weight is stored as {@code [outputs, inputs]}
     */
    Layer(Kind kind, List<Use> uses, Tensor weight, boolean storedTransposed) {
        this.kind = kind;
        this.uses = List.copyOf(uses);
        this.weight = weight;
        this.storedTransposed = storedTransposed;
        this.groups = kind == Kind.MATRIX ? 1 : (int) node().intAttribute("group", 1);
        int first = Math.toIntExact(weight.dim(0));
        int second = Math.toIntExact(weight.dim(1));
        boolean outputsFirst = kind == Kind.CONVOLUTION || kind == Kind.MATRIX && storedTransposed;
        this.inputs = outputsFirst ? second : first / groups;
        this.outputs = outputsFirst ? first / groups : second;
        this.kernel = kind == Kind.MATRIX ? new int[] {1} : new int[weight.rank() - 2];
        for (int axis = 0; kind != Kind.MATRIX && axis < kernel.length; axis++) {
            kernel[axis] = Math.toIntExact(weight.dim(2 + axis));
        }
    }

    public Kind kind() {
        return kind;
    }

    public List<Use> uses() {
        return uses;
    }

    /** The nodes that read the weight, as they stand in the model, in the order of the graph; most often one. */
    public List<Node> nodes() {
        return uses.stream().map(Use::node).toList();
    }

    /** The first of {@link #nodes}. */
    public Node node() {
        return uses.get(0).node();
    }

    /** A name to show to people, the one that reports and findings use. */
    public String name() {
        String first = node().label();
        int others = uses.size() - 1;
        return switch (others) {
            case 0 -> first;
            case 1 -> first + " and " + uses.get(1).node().label();
            default -> first + " and " + others + " more";
        };
    }

    /** Tells it from all other layers of the model: the value it makes. */
    public String id() {
        return node().output(0);
    }

    public int groups() {
        return groups;
    }

    /** Channels that each group reads. */
    public int inputs() {
        return inputs;
    }

    /** Channels that each group makes. */
    public int outputs() {
        return outputs;
    }

    /** Axes of the kernel; one, of one element, for a fully connected layer. */
    public int axes() {
        return kernel.length;
    }

    /** Elements of the kernel along an axis. */
    public int kernel(int axis) {
        return kernel[axis];
    }

    /** Elements of the kernel. */
    public int taps() {
        int taps = 1;
        for (int size : kernel) {
            taps *= size;
        }
        return taps;
    }

    /** Channels on the narrower side of the whole layer; tells how much room a rank has. */
    public long channels() {
        return (long) groups * Math.min(inputs, outputs);
    }

    Tensor weight() {
        return weight;
    }

    /** The kernel of each group, {@code [outputs x (inputs taps)]}. */
    public Matrix[] kernels() {
        float[] values = weight.floats();
        int taps = taps();
        Matrix[] kernels = new Matrix[groups];
        for (int g = 0; g < groups; g++) {
            double[] kernel = new double[outputs * inputs * taps];
            int at = 0;
            for (int o = 0; o < outputs; o++) {
                for (int i = 0; i < inputs; i++) {
                    for (int k = 0; k < taps; k++) {
                        kernel[at++] = values[stored(g, o, i, k, taps)];
                    }
                }
            }
            kernels[g] = new Matrix(kernel, outputs, inputs * taps);
        }
        return kernels;
    }

    private int stored(int group, int o, int i, int k, int taps) {
        boolean outputsFirst = kind == Kind.CONVOLUTION || kind == Kind.MATRIX && storedTransposed;
        int row = outputsFirst ? group * outputs + o : group * inputs + i;
        int column = outputsFirst ? i : o;
        return (row * (outputsFirst ? inputs : outputs) + column) * taps + k;
    }

    /** The largest magnitude in the weight. */
    public double largestWeight() {
        double largest = 0;
        for (float value : weight.floats()) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    /** Numbers in the weight. */
    public long parameters() {
        return weight.count();
    }

    /** Multiply-accumulates as it stands. */
    public long macs() {
        return macs(whole());
    }

    /** Multiply-accumulates of a chain in its place. */
    public long macs(List<Form> chain) {
        return uses.stream()
                .mapToLong(use -> new ChainCost(this, use).macs(chain))
                .sum();
    }

    /** Estimated time as it stands, in units of {@link TimeEstimate}. */
    public double time() {
        return time(whole());
    }

    /** Estimated time of a chain in its place. */
    public double time(List<Form> chain) {
        return uses.stream()
                .mapToDouble(use -> new ChainCost(this, use).time(chain))
                .sum();
    }

    private List<Form> whole() {
        boolean[] all = new boolean[kernel.length];
        Arrays.fill(all, true);
        return List.of(new Form("", groups, groups * inputs, groups * outputs, all));
    }

    @Override
    public String toString() {
        return name();
    }
}
