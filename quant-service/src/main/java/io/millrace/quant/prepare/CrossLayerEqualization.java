package io.millrace.quant.prepare;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Operators;
import io.millrace.quant.calibration.Range;
import io.millrace.quant.qdq.PassingRange;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Brings the weight ranges of neighbouring convolutions together, channel by channel, without changing what the network
 * computes: Nagel et al., "Data-free quantization through weight equalization and bias correction" (2019). A pair is
 * two convolutions, the second the only reader of the first, with nothing between them but operators that keep channels
 * apart and scale as their input does: f(a x) = a f(x) for a > 0. Pairs are swept until they settle, so a chain such as
 * convolution, depthwise, convolution ends where all three ranges of a channel are equal, as the paper's rule for three
 * has it.
 */
public final class CrossLayerEqualization {
    private static final int SWEEPS = 50;
    private static final double SETTLED = 1.01;
    private final Graph graph;
    /** The tensors that were scaled, by name. */
    private final Map<String, Tensor> scaled = new LinkedHashMap<>();

    private final List<Pair> pairs = new ArrayList<>();
    private final Map<Node, Range> clips = new LinkedHashMap<>();

    private record Pair(Node first, Node second) {}

    private CrossLayerEqualization(Graph graph) {
        this.graph = graph;
        for (Node node : graph.nodes()) {
            if (isOwnLayer(node)) {
                follow(node);
            }
        }
    }

    /**
     * Equalizes all pairs. Changes the model it is given.
     *
     * @return labels of the pairs
     */
    public static List<String> equalize(OnnxModel model) {
        CrossLayerEqualization work = new CrossLayerEqualization(model.graph());
        boolean settled = false;
        for (int sweep = 0; sweep < SWEEPS && !settled; sweep++) {
            settled = true;
            for (Pair pair : work.pairs) {
                settled &= work.equalize(pair) < SETTLED;
            }
        }
        Patch patch = Patch.of(model.graph(), "cross-layer-equalization");
        work.scaled.forEach(patch::set);
        patch.apply();
        return work.pairs.stream()
                .map(p -> p.first().label() + " - " + p.second().label())
                .toList();
    }

    /** The Clips from zero to a bound that alone keep two convolutions from being a pair, with their ranges. */
    static Map<Node, Range> clipsInTheWay(OnnxModel model) {
        return new CrossLayerEqualization(model.graph()).clips;
    }

    private void follow(Node first) {
        Map<Node, Range> passed = new LinkedHashMap<>();
        Node at = soleReader(first);
        while (at != null && !at.is("Conv")) {
            Range range = PassingRange.of(graph, at).orElse(null);
            if (range != null && range.min() == 0 && Double.isFinite(range.max())) {
                passed.put(at, range);
            } else if (!scales(at)) {
                return;
            }
            at = soleReader(at);
        }
        if (at != null && isOwnLayer(at) && !graph.constant(at.input(0)).isPresent()) {
            if (passed.isEmpty()) {
                pairs.add(new Pair(first, at));
            } else {
                clips.putAll(passed);
            }
        }
    }

    private boolean scales(Node node) {
        return Operators.of(node).quantization().scalesAsItsInput(graph, node)
                && node.outputs().stream()
                        .skip(1)
                        .allMatch(output ->
                                output.isEmpty() || graph.consumers(output).isEmpty() && !graph.isOutput(output));
    }

    private Node soleReader(Node node) {
        List<Node> readers = graph.consumers(node.output(0));
        return readers.size() == 1
                        && !graph.isOutput(node.output(0))
                        && readers.get(0).subgraphs().isEmpty()
                        && readers.get(0).input(0).equals(node.output(0))
                ? readers.get(0)
                : null;
    }

    /** A convolution whose weight and bias are stored for it alone. */
    private boolean isOwnLayer(Node node) {
        return node.is("Conv") && isOwn(node.input(1)) && (node.input(2).isEmpty() || isOwn(node.input(2)));
    }

    private boolean isOwn(String initializer) {
        Tensor stored = graph.initializer(initializer);
        return stored != null
                && stored.type() == ElementType.FLOAT
                && graph.consumers(initializer).size() == 1
                && !graph.isOutput(initializer);
    }

    private Tensor stored(String name) {
        return scaled.getOrDefault(name, graph.initializer(name));
    }

    /** Scales one pair, and gives the largest factor used (or its inverse). */
    private double equalize(Pair pair) {
        Tensor first = stored(pair.first().input(1));
        Tensor second = stored(pair.second().input(1));
        float[] outgoing = first.floats();
        float[] incoming = second.floats();
        int channels = (int) first.dim(0);
        int perChannel = outgoing.length / channels;
        double[] factors = factors(outgoing, incoming, second.dims(), pair.second(), channels);
        for (int i = 0; i < outgoing.length; i++) {
            outgoing[i] = (float) (outgoing[i] / factors[i / perChannel]);
        }
        for (int i = 0; i < incoming.length; i++) {
            incoming[i] = (float) (incoming[i] * factors[inputChannel(i, second.dims(), pair.second())]);
        }
        scaled.put(pair.first().input(1), Tensor.ofFloats(outgoing, first.dims()));
        scaled.put(pair.second().input(1), Tensor.ofFloats(incoming, second.dims()));
        scaleBias(pair.first(), factors);
        double largest = 1;
        for (double factor : factors) {
            largest = Math.max(largest, Math.max(factor, 1 / factor));
        }
        return largest;
    }

    private static double[] factors(float[] outgoing, float[] incoming, long[] dims, Node second, int channels) {
        double[] rangeOut = new double[channels];
        double[] rangeIn = new double[channels];
        for (int i = 0; i < outgoing.length; i++) {
            int c = i / (outgoing.length / channels);
            rangeOut[c] = Math.max(rangeOut[c], Math.abs(outgoing[i]));
        }
        for (int i = 0; i < incoming.length; i++) {
            int c = inputChannel(i, dims, second);
            rangeIn[c] = Math.max(rangeIn[c], Math.abs(incoming[i]));
        }
        double[] factors = new double[channels];
        for (int c = 0; c < channels; c++) {
            double factor = rangeOut[c] / Math.sqrt(rangeOut[c] * rangeIn[c]);
            factors[c] = factor > 0 && factor < Double.POSITIVE_INFINITY ? factor : 1;
        }
        return factors;
    }

    /** The channel of its input that the i-th number of a weight is multiplied with. */
    private static int inputChannel(int i, long[] dims, Node conv) {
        int kernel = 1;
        for (int d = 2; d < dims.length; d++) {
            kernel *= (int) dims[d];
        }
        int rows = (int) dims[1];
        long output = i / kernel / rows;
        long group = output / (dims[0] / conv.intAttribute("group", 1));
        return (int) (group * rows) + i / kernel % rows;
    }

    private void scaleBias(Node conv, double[] factors) {
        if (!conv.input(2).isEmpty()) {
            float[] bias = stored(conv.input(2)).floats();
            for (int c = 0; c < bias.length; c++) {
                bias[c] = (float) (bias[c] / factors[c]);
            }
            scaled.put(conv.input(2), Tensor.ofFloats(bias, bias.length));
        }
    }
}
