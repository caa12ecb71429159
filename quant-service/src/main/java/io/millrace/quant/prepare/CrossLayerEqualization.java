package io.millrace.quant.prepare;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings the weight ranges of neighbouring convolutions together, channel by channel, without changing what the network
 * computes: Nagel et al., "Data-free quantization through weight equalization and bias correction" (2019). A pair is
 * two convolutions with Relu or nothing between them, the second the only reader of the first; chains are swept until
 * they settle.
 */
public final class CrossLayerEqualization {
    private static final int SWEEPS = 20;
    private static final double SETTLED = 1.01;

    private final Graph graph;

    private record Pair(Node first, Node second) {}

    private CrossLayerEqualization(Graph graph) {
        this.graph = graph;
    }

    /**
     * Equalizes all pairs. Changes the model it is given.
     *
     * @return labels of the pairs
     */
    public static List<String> equalize(OnnxModel model) {
        CrossLayerEqualization work = new CrossLayerEqualization(model.graph());
        List<Pair> pairs = work.pairs();
        boolean settled = false;
        for (int sweep = 0; sweep < SWEEPS && !settled; sweep++) {
            settled = true;
            for (Pair pair : pairs) {
                settled &= work.equalize(pair) < SETTLED;
            }
        }
        return pairs.stream()
                .map(p -> p.first().label() + " - " + p.second().label())
                .toList();
    }

    private List<Pair> pairs() {
        List<Pair> pairs = new ArrayList<>();
        for (Node first : graph.nodes()) {
            if (isOwnLayer(first)) {
                Node second = soleReader(first.output(0));
                if (second != null && second.is("Relu")) {
                    second = soleReader(second.output(0));
                }
                if (second != null && isOwnLayer(second) && takesChannelsOneByOne(second)) {
                    pairs.add(new Pair(first, second));
                }
            }
        }
        return pairs;
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

    /** Whether each of its input channels has numbers of its own: dense, or depthwise. */
    private boolean takesChannelsOneByOne(Node conv) {
        long groups = conv.intAttribute("group", 1);
        return groups == 1 || graph.initializer(conv.input(1)).dim(1) == 1;
    }

    private Node soleReader(String value) {
        List<Node> readers = graph.consumers(value);
        return readers.size() == 1 && !graph.isOutput(value) ? readers.get(0) : null;
    }

    /** Scales one pair, and gives the largest factor used (or its inverse). */
    private double equalize(Pair pair) {
        Tensor first = graph.initializer(pair.first().input(1));
        Tensor second = graph.initializer(pair.second().input(1));
        float[] outgoing = first.floats();
        float[] incoming = second.floats();
        int channels = (int) first.dim(0);
        double[] factors = factors(outgoing, incoming, second.dims(), pair.second(), channels);
        for (int i = 0; i < outgoing.length; i++) {
            outgoing[i] /= (float) factors[i / (outgoing.length / channels)];
        }
        for (int i = 0; i < incoming.length; i++) {
            incoming[i] *= (float) factors[inputChannel(i, second.dims(), pair.second())];
        }
        graph.setInitializer(pair.first().input(1), Tensor.ofFloats(outgoing, first.dims()));
        graph.setInitializer(pair.second().input(1), Tensor.ofFloats(incoming, second.dims()));
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

    private static int inputChannel(int i, long[] dims, Node conv) {
        int kernel = 1;
        for (int d = 2; d < dims.length; d++) {
            kernel *= (int) dims[d];
        }
        int position = i / kernel;
        int rows = (int) dims[1];
        if (conv.intAttribute("group", 1) == 1) {
            return position % rows;
        }
        return (int) (position / (dims[0] / conv.intAttribute("group", 1)));
    }

    private void scaleBias(Node conv, double[] factors) {
        if (!conv.input(2).isEmpty()) {
            float[] bias = graph.initializer(conv.input(2)).floats();
            for (int c = 0; c < bias.length; c++) {
                bias[c] /= (float) factors[c];
            }
            graph.setInitializer(conv.input(2), Tensor.ofFloats(bias, bias.length));
        }
    }
}
