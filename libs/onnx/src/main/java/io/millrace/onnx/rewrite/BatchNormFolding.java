package io.millrace.onnx.rewrite;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Operators;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Folds batch normalisations into the layers before or behind them: {@code y = a x + b} per channel, with {@code a =
 * scale / sqrt(variance + epsilon)} and {@code b = shift - a mean}. Only where the result is the same function: never
 * through padding (which would have to be padded with {@code -b/a}), nor into a weight that another node reads.
 */
public final class BatchNormFolding {
    private static final String STEP = "fold-bn";

    private BatchNormFolding() {}

    /**
     * What was done.
     *
     * @param folded labels of the batch normalisations that are gone
     * @param declined label and reason of those that stay
     */
    public record Report(List<String> folded, Map<String, String> declined) {}

    /** Why a fold is not possible. */
    private static final class Declined extends Exception {
        Declined(String reason) {
            super(reason, null, false, false);
        }
    }

    /** The normalisation of each channel as a line. */
    private record Line(double[] slope, double[] offset) {}

    /**
     * Folds every batch normalisation that can be folded exactly. Changes the model it is given.
     *
     * @param model the model, which is changed
     * @return what was folded, and why the rest was not
     */
    public static Report fold(OnnxModel model) {
        Graph graph = model.graph();
        List<String> folded = new ArrayList<>();
        Map<String, String> declined = new LinkedHashMap<>();
        ComputedBiases.store(model);
        for (Node node : graph.nodes()) {
            if (!node.is("BatchNormalization")) {
                continue;
            }
            try {
                Line line = line(graph, node);
                String before = tryInto(() -> intoLayerBefore(graph, node, 0, line));
                String behind = before == null ? null : tryInto(() -> intoLayerBehind(graph, node, line));
                if (before == null || behind == null) {
                    folded.add(node.label());
                } else {
                    declined.put(node.label(), before + "; " + behind);
                }
            } catch (Declined e) {
                declined.put(node.label(), e.getMessage());
            }
        }
        return new Report(folded, declined);
    }

    /**
     * Puts any line of each channel that a node computes into the layer before it: {@code slope x + offset}.
     *
     * @param graph the graph, which is changed
     * @param node what scales or shifts the channels
     * @param data which input of the node the layer makes
     * @param slope factor of each channel
     * @param offset what is added to each channel after that
     * @return whether it could be done
     */
    public static boolean intoLayerBefore(Graph graph, Node node, int data, double[] slope, double[] offset) {
        return tryInto(() -> intoLayerBefore(graph, node, data, new Line(slope, offset))) == null;
    }

    /**
     * {@return how many channels a layer makes}
     *
     * @param layer a Conv, ConvTranspose or Gemm
     * @param weight of that layer
     */
    public static long outputChannels(Node layer, Tensor weight) {
        return layer.is("ConvTranspose")
                ? weight.dim(1) * layer.intAttribute("group", 1)
                : weight.dim(outputAxis(layer));
    }

    private interface Fold {
        void run() throws Declined;
    }

    /** The reason why a fold was declined, {@code null} if it was done. */
    private static String tryInto(Fold fold) {
        try {
            fold.run();
            return null;
        } catch (Declined e) {
            return e.getMessage();
        }
    }

    private static Line line(Graph graph, Node node) throws Declined {
        require(node.intAttribute("training_mode", 0) == 0, "it runs in training mode");
        require(node.intAttribute("spatial", 1) == 1, "it normalises each position on its own");
        for (int i = 1; i < node.outputs().size(); i++) {
            String output = node.output(i);
            require(output.isEmpty() || graph.consumers(output).isEmpty(), "its statistics are read");
        }
        float[][] values = new float[4][];
        for (int i = 0; i < 4; i++) {
            values[i] = constant(graph, node.input(i + 1), "its parameters are computed")
                    .floats();
        }
        double epsilon = node.floatAttribute("epsilon", 1e-5f);
        double[] slope = new double[values[0].length];
        double[] offset = new double[slope.length];
        for (int c = 0; c < slope.length; c++) {
            slope[c] = values[0][c] / Math.sqrt(values[3][c] + epsilon);
            offset[c] = values[1][c] - values[2][c] * slope[c];
        }
        return new Line(slope, offset);
    }

    private static void intoLayerBefore(Graph graph, Node norm, int data, Line line) throws Declined {
        Node layer = graph.producer(norm.input(data));
        require(
                layer != null && layer.is("Conv", "ConvTranspose", "Gemm"),
                "before it stands " + (layer == null ? "an input" : layer.op()));
        require(graph.consumers(layer.output(0)).size() == 1, "something else reads what " + layer.label() + " makes");
        require(!graph.isOutput(layer.output(0)), layer.label() + " makes an output of the network");
        Tensor weight = ownWeight(graph, layer);
        double[] bias = bias(graph, layer, line.slope.length);
        int axis = outputAxis(layer);
        int groups = layer.is("ConvTranspose") ? (int) layer.intAttribute("group", 1) : 1;
        Tensor scaled = scaled(weight, axis, groups, line.slope);
        for (int c = 0; c < bias.length; c++) {
            bias[c] = bias[c] * line.slope[c] + line.offset[c];
        }
        store(graph, layer, norm, layer.withOutputs(List.of(norm.output(0))), scaled, bias);
    }

    private static void intoLayerBehind(Graph graph, Node norm, Line line) throws Declined {
        List<Node> readers = graph.consumers(norm.output(0));
        require(!graph.isOutput(norm.output(0)), "its result is an output of the network");
        require(readers.size() == 1, readers.size() + " nodes read its result");
        Node layer = readers.get(0);
        require(
                layer.is("Conv", "ConvTranspose", "Gemm") && layer.input(0).equals(norm.output(0)),
                "behind it stands " + layer.op());
        require(layer.intAttribute("transA", 0) == 0, layer.label() + " reads it transposed");
        Tensor weight = ownWeight(graph, layer);
        boolean shifts = Arrays.stream(line.offset).anyMatch(offset -> offset != 0);
        require(!shifts || isUnpadded(layer, weight), layer.label() + " pads with zeros");
        int axis = layer.is("Gemm") ? (layer.intAttribute("transB", 0) == 0 ? 0 : 1) : layer.is("Conv") ? 1 : 0;
        int groups = (int) layer.intAttribute("group", 1);
        long outputs = layer.is("ConvTranspose") ? weight.dim(1) * groups : weight.dim(outputAxis(layer));
        double[] bias = bias(graph, layer, (int) outputs);
        float[] values = weight.floats();
        double alpha = layer.floatAttribute("alpha", 1);
        for (int i = 0; i < values.length; i++) {
            int row = coordinate(weight, i, outputAxis(layer));
            int column = coordinate(weight, i, axis);
            int group = layer.is("Conv") ? (int) (row / (weight.dim(0) / groups)) : 0;
            int channel = layer.is("Conv") ? group * (int) weight.dim(1) + column : column;
            int output = layer.is("ConvTranspose") && groups > 1
                    ? (int) (column / (weight.dim(0) / groups) * weight.dim(1)) + row
                    : row;
            bias[output] += alpha * values[i] * line.offset[channel];
            values[i] = (float) (values[i] * line.slope[channel]);
        }
        Tensor changed = Tensor.ofFloats(values, weight.dims()).as(weight.type());
        store(graph, layer, norm, layer.withInput(0, norm.input(0)), changed, bias);
    }

    /** Whether every output position sums over the same taps. */
    private static boolean isUnpadded(Node layer, Tensor weight) {
        if (layer.is("Gemm")) {
            return true;
        }
        boolean point = Arrays.stream(weight.dims()).skip(2).allMatch(k -> k == 1);
        if (layer.is("ConvTranspose")) {
            boolean dense = Arrays.stream(layer.intsAttribute("strides", 1)).allMatch(s -> s == 1);
            return point && dense && noPads(layer) && layer.intsAttribute("output_shape", (long[]) null) == null;
        }
        String auto = layer.stringAttribute("auto_pad", "NOTSET");
        return auto.equals("VALID") || (auto.equals("NOTSET") || point && auto.startsWith("SAME")) && noPads(layer);
    }

    private static boolean noPads(Node layer) {
        return Arrays.stream(layer.intsAttribute("pads", 0)).allMatch(p -> p == 0)
                && Arrays.stream(layer.intsAttribute("output_padding", 0)).allMatch(p -> p == 0);
    }

    private static int outputAxis(Node layer) {
        return Operators.of(layer).parameters().outputAxis(layer, 2);
    }

    private static Tensor ownWeight(Graph graph, Node layer) throws Declined {
        Tensor weight = constant(graph, layer.input(1), "the weight of " + layer.label() + " is computed");
        List<Node> readers = graph.consumers(layer.input(1));
        require(!graph.isOutput(layer.input(1)), "the weight of " + layer.label() + " is an output of the network");
        require(
                readers.size() == 1,
                "the weight of " + layer.label() + " is shared: "
                        + readers.stream()
                                .filter(reader -> reader != layer)
                                .map(Node::label)
                                .limit(3)
                                .collect(Collectors.joining(", "))
                        + " read it too, and it stays one weight");
        return weight;
    }

    /** The weight with each of its output channels scaled. */
    private static Tensor scaled(Tensor weight, int axis, int groups, double[] slope) {
        float[] values = weight.floats();
        for (int i = 0; i < values.length; i++) {
            int channel = coordinate(weight, i, axis);
            if (groups > 1) {
                channel += (int) (coordinate(weight, i, 0) / (weight.dim(0) / groups) * weight.dim(1));
            }
            values[i] = (float) (values[i] * slope[channel]);
        }
        return Tensor.ofFloats(values, weight.dims()).as(weight.type());
    }

    private static int coordinate(Tensor tensor, int position, int axis) {
        long stride = 1;
        for (int i = axis + 1; i < tensor.rank(); i++) {
            stride *= tensor.dim(i);
        }
        return (int) (position / stride % tensor.dim(axis));
    }

    /** The bias of a layer, one number per output channel; zeros where it has none. */
    private static double[] bias(Graph graph, Node layer, int channels) throws Declined {
        double[] bias = new double[channels];
        if (layer.input(2).isEmpty()) {
            return bias;
        }
        Tensor stored = constant(graph, layer.input(2), "the bias of " + layer.label() + " is computed");
        float[] values = stored.floats();
        require(
                values.length == 1 || values.length == channels && stored.dim(stored.rank() - 1) == channels,
                "the bias of " + layer.label() + " is not one number per channel");
        double beta = layer.floatAttribute("beta", 1);
        Arrays.setAll(bias, c -> beta * values[values.length == 1 ? 0 : c]);
        return bias;
    }

    /** Puts weight and bias into what takes the place of layer and normalisation. */
    private static void store(Graph graph, Node layer, Node norm, Node written, Tensor weight, double[] bias) {
        float[] values = new float[bias.length];
        for (int c = 0; c < bias.length; c++) {
            values[c] = (float) bias[c];
        }
        Tensor stored = Tensor.ofFloats(values, values.length).as(weight.type());
        Patch patch = Patch.of(graph, STEP);
        String weightName = Weights.put(patch, layer, layer.input(1), layer.label() + "_weight", weight);
        String biasName = Weights.put(patch, layer, layer.input(2), layer.label() + "_bias", stored);
        Node changed = written.withInput(1, weightName).withInput(2, biasName);
        patch.replace(List.of(layer, norm), layer.is("Gemm") ? changed.without("beta") : changed)
                .apply();
    }

    private static Tensor constant(Graph graph, String value, String otherwise) throws Declined {
        Tensor tensor = graph.constantThrough(value).orElse(null);
        require(tensor != null && tensor.type().isFloatingPoint(), otherwise);
        return tensor;
    }

    private static void require(boolean condition, String otherwise) throws Declined {
        if (!condition) {
            throw new Declined(otherwise);
        }
    }
}
