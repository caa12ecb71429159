package io.millrace.quant.qdq;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.rewrite.DeadCode;
import io.millrace.quant.calibration.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Writes a plan into a model: QuantizeLinear and DequantizeLinear behind every chosen value, DequantizeLinear behind
 * integer weights and biases, activations that ranges stand for taken out. Every reader of a chosen value reads it
 * rounded, so that its maker can run in integers throughout.
 */
public final class QdqWriter {
    private static final long PER_CHANNEL_SINCE = 13;

    private final QuantizationPlan plan;
    private final Map<String, Encoding> encodings;
    private final int weightLimit;
    private final Function<String, double[]> channelMeans;
    private final boolean perChannel;
    private final OnnxModel model;
    private final Graph graph;
    private final Map<String, String> rounded = new HashMap<>();
    private final Map<String, String[]> stored = new HashMap<>();

    private QdqWriter(
            OnnxModel model,
            QuantizationPlan plan,
            Map<String, Encoding> encodings,
            int weightLimit,
            Function<String, double[]> channelMeans) {
        this.plan = plan;
        this.encodings = encodings;
        this.weightLimit = weightLimit;
        this.channelMeans = channelMeans;
        this.perChannel = model.opset() >= PER_CHANNEL_SINCE;
        this.model = model.copy();
        this.graph = this.model.graph();
    }

    /**
     * The quantized model.
     *
     * @param encodings of {@link QuantizationPlan#observed}
     * @param weightLimit largest absolute value of a weight
     * @param channelMeans of layers' inputs, to correct their biases with; {@code null} to leave biases as they are
     */
    public static OnnxModel write(
            OnnxModel model,
            QuantizationPlan plan,
            Map<String, Encoding> encodings,
            int weightLimit,
            Function<String, double[]> channelMeans) {
        return new QdqWriter(model, plan, encodings, weightLimit, channelMeans).write();
    }

    private OnnxModel write() {
        List<Node> own = List.copyOf(graph.nodes());
        for (ValueInfoProto input : graph.inputs()) {
            if (plan.values.contains(input.getName())) {
                List<Node> pair = new ArrayList<>();
                rounded.put(input.getName(), addPair(input.getName(), pair));
                graph.insertBefore(own.get(0), pair);
            }
        }
        for (Node node : own) {
            if (plan.fused.containsValue(node)) {
                graph.remove(List.of(node));
            } else {
                graph.replace(node, rewritten(node));
            }
        }
        graph.clearValueInfos();
        DeadCode.remove(graph);
        return model;
    }

    private List<Node> rewritten(Node node) {
        List<Node> nodes = new ArrayList<>();
        Node written = node.withInputs(
                node.inputs().stream().map(v -> rounded.getOrDefault(v, v)).toList());
        QuantizableLayer layer = plan.layers.get(node);
        if (layer != null) {
            written = withIntegerWeights(written, layer, nodes);
        } else if (plan.nodes.contains(node) && node.is("Add", "Mul")) {
            written = withIntegerConstants(written, nodes);
        }
        if (plan.fused.containsKey(node)) {
            written = written.withOutputs(plan.fused.get(node).outputs());
        }
        List<Node> pairs = new ArrayList<>();
        List<String> outputs = new ArrayList<>();
        for (String output : written.outputs()) {
            if (!plan.values.contains(output)) {
                outputs.add(output);
            } else if (graph.isOutput(output)) {
                outputs.add(addNamedPair(output, pairs));
            } else {
                outputs.add(output);
                rounded.put(output, addPair(output, pairs));
            }
        }
        nodes.add(written.withOutputs(outputs));
        nodes.addAll(pairs);
        return nodes;
    }

    /** Value, QuantizeLinear, DequantizeLinear; gives the name of the rounded value. */
    private String addPair(String value, List<Node> to) {
        String dequantized = graph.freshName(value + "_dequantized");
        addPair(value, value, dequantized, to);
        return dequantized;
    }

    /** The same for an output of the model, whose name the rounded value takes; gives the maker's new output. */
    private String addNamedPair(String output, List<Node> to) {
        String exact = graph.freshName(output + "_exact");
        addPair(output, exact, output, to);
        return exact;
    }

    private void addPair(String stem, String from, String dequantized, List<Node> to) {
        String[] encoding = encodingOf(plan.root(stem));
        String quantized = graph.freshName(stem + "_quantized");
        to.add(Node.of(
                "QuantizeLinear",
                graph.freshName(stem + "_QuantizeLinear"),
                List.of(from, encoding[0], encoding[1]),
                List.of(quantized)));
        to.add(Node.of(
                "DequantizeLinear",
                graph.freshName(stem + "_DequantizeLinear"),
                List.of(quantized, encoding[0], encoding[1]),
                List.of(dequantized)));
    }

    /** Names of scale and zero point. */
    private String[] encodingOf(String root) {
        return stored.computeIfAbsent(root, value -> new String[] {
            graph.addInitializer(value + "_scale", encodings.get(value).scaleTensor()),
            graph.addInitializer(value + "_zero_point", encodings.get(value).zeroPointTensor())
        });
    }

    private Node withIntegerWeights(Node node, QuantizableLayer layer, List<Node> to) {
        double inputScale = encodings.get(plan.root(layer.node().input(0))).scale();
        IntegerWeight weight = new IntegerWeight(layer, inputScale, weightLimit, perChannel);
        float[] bias = channelMeans == null || !layer.takesBias()
                ? layer.bias()
                : BiasCorrection.correct(
                        layer, weight, channelMeans.apply(layer.node().input(0)));
        String stem = layer.node().output(0);
        Node written = node.is("Gemm") ? node.without("alpha").without("beta") : node;
        written = written.withInput(
                1,
                dequantized(stem + "_weight", weight.values(), weight.scales(), weight.zeroPoints(), layer.axis(), to));
        return bias == null
                ? written
                : written.withInput(
                        2,
                        dequantized(
                                stem + "_bias",
                                weight.bias(bias),
                                weight.biasScales(),
                                weight.biasZeroPoints(),
                                0,
                                to));
    }

    private Node withIntegerConstants(Node node, List<Node> to) {
        Node written = node;
        for (int i = 0; i < node.inputs().size(); i++) {
            Tensor constant = graph.constant(node.input(i)).orElse(null);
            if (constant != null) {
                float[] values = constant.floats();
                double low = 0;
                double high = 0;
                for (float value : values) {
                    low = Math.min(low, value);
                    high = Math.max(high, value);
                }
                Encoding encoding = Encoding.of(new Range(low, high));
                written = written.withInput(
                        i,
                        dequantized(
                                node.output(0) + "_operand" + i,
                                encoding.quantize(constant),
                                encoding.scaleTensor(),
                                encoding.zeroPointTensor(),
                                0,
                                to));
            }
        }
        return written;
    }

    private String dequantized(String stem, Tensor values, Tensor scale, Tensor zeroPoint, int axis, List<Node> to) {
        String quantized = graph.addInitializer(stem + "_quantized", values);
        String scales = graph.addInitializer(stem + "_scale", scale);
        String zeroPoints = graph.addInitializer(stem + "_zero_point", zeroPoint);
        String floats = graph.freshName(stem + "_dequantized");
        Node node = Node.of(
                "DequantizeLinear",
                graph.freshName(stem + "_DequantizeLinear"),
                List.of(quantized, scales, zeroPoints),
                List.of(floats));
        to.add(scale.rank() > 0 && perChannel ? node.with("axis", axis) : node);
        return floats;
    }
}
