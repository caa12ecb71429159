package io.millrace.quant.qdq;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.data.BatchOptions;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.inference.Activations;
import io.millrace.inference.ProgressListener;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.operator.Operators;
import io.millrace.onnx.rewrite.DeadCode;
import io.millrace.quant.calibration.ChannelMeans;
import io.millrace.quant.qdq.QdqWriter.Written;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Takes back the shift that quantization gives the outputs of layers on average: b -= E[quantized output - float output],
 * per channel, measured on data. Layer by layer in execution order, each in the quantized network as it is so far, so
 * that it sees how its inputs were rounded and cut off, and what was corrected before it. Nagel et al., "Data-free
 * quantization through weight equalization and bias correction" (2019), section 4.2, empirical. Layers that read the same
 * stored weight are corrected alike, by the mean of their shifts.
 */
public final class BiasCorrection {
    private static final int SAMPLES = 128;
    private static final int BATCH = 16;

    private final OnnxModel model;
    private final QuantizationPlan plan;
    private final Dataset data;
    private final long seed;
    private final SessionOptions options;

    /**
     * @param node that adds the bias
     * @param bias so far
     */
    private record Site(Node node, boolean channelsLast, float[] bias) {}

    /**
     * @param model float, that the plan is of
     * @param data to measure on
     * @param seed of the draw
     */
    public BiasCorrection(OnnxModel model, QuantizationPlan plan, Dataset data, long seed, int threads) {
        this.model = model;
        this.plan = plan;
        this.data = data;
        this.seed = seed;
        this.options = SessionOptions.threads(threads);
    }

    /**
     * The corrected biases.
     *
     * @param writer quantizes the model with these biases
     * @return by layer, or by the Add behind a layer
     */
    public Map<Node, float[]> correct(Function<Map<Node, float[]>, Written> writer, ProgressListener listener) {
        Map<Object, List<Site>> groups = sites();
        Map<String, Boolean> outputs = new LinkedHashMap<>();
        groups.values().forEach(group -> group.forEach(site -> outputs.put(site.node.output(0), site.channelsLast)));
        Map<String, double[]> exact = means(model, outputs);
        Map<Node, float[]> biases = new HashMap<>();
        int done = 0;
        for (List<Site> group : groups.values()) {
            listener.progress(done++, groups.size());
            Written written = writer.apply(biases);
            Map<String, Boolean> wanted = new LinkedHashMap<>();
            group.forEach(site -> wanted.put(written.exact().get(site.node), site.channelsLast));
            Map<String, double[]> found = means(written.model(), wanted);
            float[] corrected = group.get(0).bias.clone();
            for (int c = 0; c < corrected.length; c++) {
                double shift = 0;
                for (Site site : group) {
                    shift += found.get(written.exact().get(site.node))[c] - exact.get(site.node.output(0))[c];
                }
                corrected[c] -= (float) (shift / group.size());
            }
            group.forEach(site -> biases.put(site.node, corrected));
        }
        return biases;
    }

    /** Labels of layers that have nowhere to put a correction. */
    public List<String> without() {
        return plan.layers().stream()
                .filter(layer -> site(layer) == null)
                .map(layer -> layer.node().label())
                .toList();
    }

    private Map<Object, List<Site>> sites() {
        Map<Object, List<Site>> groups = new LinkedHashMap<>();
        for (QuantizableLayer layer : plan.layers()) {
            Site site = site(layer);
            if (site != null) {
                groups.computeIfAbsent(layer.storedAs(), k -> new ArrayList<>()).add(site);
            }
        }
        return groups;
    }

    private Site site(QuantizableLayer layer) {
        if (Operators.of(layer.node()).parameters().biases().length > 0) {
            float[] bias = layer.bias() == null ? new float[layer.channels()] : layer.bias();
            return new Site(layer.node(), layer.channelsLast(), bias);
        }
        Graph graph = model.graph();
        List<Node> readers = graph.consumers(layer.node().output(0));
        if (readers.size() != 1 || !readers.get(0).is("Add") || !plan.nodes.contains(readers.get(0))) {
            return null;
        }
        Node add = readers.get(0);
        String operand = add.input(add.input(0).equals(layer.node().output(0)) ? 1 : 0);
        return graph.constant(operand)
                .filter(bias -> bias.type() == ElementType.FLOAT
                        && bias.count() == layer.channels()
                        && bias.dim(bias.rank() - 1) == layer.channels())
                .map(bias -> new Site(add, true, bias.floats()))
                .orElse(null);
    }

    private Map<String, double[]> means(OnnxModel of, Map<String, Boolean> channelsLast) {
        Map<String, ChannelMeans> sums = new LinkedHashMap<>();
        channelsLast.forEach((value, last) -> sums.put(value, new ChannelMeans(last)));
        try (Activations activations =
                        Activations.of(prefix(of, channelsLast.keySet()), channelsLast.keySet(), options);
                Batches batches = data.batches(BatchOptions.shuffled(activations.batchSize(BATCH), seed)
                        .limitedTo(SAMPLES))) {
            activations.stream(
                    batches,
                    (name, tensor) -> sums.get(name).add(tensor.bytes().asFloatBuffer(), tensor.dims()),
                    ProgressListener.NONE);
        }
        Map<String, double[]> means = new LinkedHashMap<>();
        sums.forEach((value, sum) -> means.put(value, sum.means()));
        return means;
    }

    /** As much of a model as these values need. */
    private static OnnxModel prefix(OnnxModel model, Collection<String> values) {
        OnnxModel prefix = model.copy();
        Patch.of(prefix.graph(), "extract")
                .outputs(values.stream()
                        .map(value -> ValueInfoProto.newBuilder().setName(value).build())
                        .toList())
                .apply();
        DeadCode.remove(prefix.graph());
        return prefix;
    }
}
