package io.millrace.quant.qdq;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Operators;
import io.millrace.onnx.operator.QuantizationRule.Form;
import io.millrace.onnx.rewrite.DeadCode;
import io.millrace.quant.calibration.Range;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
    private final Map<Node, float[]> biases;
    private final boolean perChannel;
    private final OnnxModel model;
    private final Graph graph;
    private final Patch patch;
    private final Map<String, String> rounded = new HashMap<>();
    private final Map<String, String[]> stored = new HashMap<>();
    private final Map<Object, StoredWeight> weights = new HashMap<>();
    private final Map<Object, String> storedBiases = new HashMap<>();
    private final Map<Node, String> exact = new HashMap<>();

    private QdqWriter(
            OnnxModel model,
            QuantizationPlan plan,
            Map<String, Encoding> encodings,
            int weightLimit,
            Map<Node, float[]> biases) {
        this.plan = plan;
        this.encodings = encodings;
        this.weightLimit = weightLimit;
        this.biases = biases;
        this.perChannel = model.opset() >= PER_CHANNEL_SINCE;
        this.model = model.copy();
        this.graph = this.model.graph();
        this.patch = Patch.of(graph, "quantize");
    }

    /**
     * The quantized model.
     *
     * @param encodings of {@link QuantizationPlan#observed}
     * @param weightLimit largest absolute value of a weight
     * @param biases other ones than the model's, by layer, or by the Add behind a layer
     */
    public static Written write(
            OnnxModel model,
            QuantizationPlan plan,
            Map<String, Encoding> encodings,
            int weightLimit,
            Map<Node, float[]> biases) {
        return new QdqWriter(model, plan, encodings, weightLimit, biases).write();
    }

    /**
     * A quantized model.
     *
     * @param exact the name of what a node computes from rounded inputs, before it is rounded itself
     */
    public record Written(OnnxModel model, Map<Node, String> exact) {}

    /** A weight, and the name of its values back in floats. */
    private record StoredWeight(IntegerWeight integers, String name) {}

    private Written write() {
        for (ValueInfoProto input : graph.inputs()) {
            if (plan.values.contains(input.getName())) {
                List<Node> pair = new ArrayList<>();
                rounded.put(input.getName(), addPair(input.getName(), pair));
                patch.add(pair.toArray(Node[]::new));
            }
        }
        Set<Node> fused = new HashSet<>(plan.fused.values());
        for (Node node : graph.nodes()) {
            if (fused.contains(node)) {
                patch.remove(node);
            } else {
                List<Node> written = rewritten(node);
                if (!written.equals(List.of(node))) {
                    patch.replace(node, written);
                }
            }
        }
        patch.forgetShapes().apply();
        DeadCode.remove(graph);
        return new Written(model, exact);
    }

    private List<Node> rewritten(Node node) {
        List<Node> nodes = new ArrayList<>();
        Node written = node.inputs().stream().anyMatch(rounded::containsKey)
                ? node.withInputs(node.inputs().stream()
                        .map(v -> rounded.getOrDefault(v, v))
                        .toList())
                : node;
        QuantizableLayer layer = plan.layers.get(node);
        if (layer != null) {
            written = withIntegerWeights(written, layer, nodes);
        } else if (plan.nodes.contains(node)
                && Operators.of(node).quantization().form(node, model.opset()) == Form.OPERANDS) {
            written = withIntegerConstants(node, written, nodes);
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
        nodes.add(outputs.equals(written.outputs()) ? written : written.withOutputs(outputs));
        nodes.addAll(pairs);
        exact.put(node, outputs.isEmpty() ? "" : outputs.get(0));
        return nodes;
    }

    /** Value, QuantizeLinear, DequantizeLinear; gives the name of the rounded value. */
    private String addPair(String value, List<Node> to) {
        String dequantized = patch.name(value + "_dequantized");
        addPair(value, value, dequantized, to);
        return dequantized;
    }

    /** The same for an output of the model, whose name the rounded value takes; gives the maker's new output. */
    private String addNamedPair(String output, List<Node> to) {
        String exact = patch.name(output + "_exact");
        addPair(output, exact, output, to);
        return exact;
    }

    private void addPair(String stem, String from, String dequantized, List<Node> to) {
        String[] encoding = encodingOf(plan.root(stem));
        String quantized = patch.name(stem + "_quantized");
        to.add(Node.of(
                "QuantizeLinear",
                patch.name(stem + "_QuantizeLinear"),
                List.of(from, encoding[0], encoding[1]),
                List.of(quantized)));
        to.add(Node.of(
                "DequantizeLinear",
                patch.name(stem + "_DequantizeLinear"),
                List.of(quantized, encoding[0], encoding[1]),
                List.of(dequantized)));
    }

    /** Names of scale and zero point. */
    private String[] encodingOf(String root) {
        return stored.computeIfAbsent(root, value -> new String[] {
            patch.store(value + "_scale", encodings.get(value).scaleTensor()),
            patch.store(value + "_zero_point", encodings.get(value).zeroPointTensor())
        });
    }

    private Node withIntegerWeights(Node node, QuantizableLayer layer, List<Node> to) {
        StoredWeight weight = weights.get(layer.storedAs());
        if (weight == null) {
            IntegerWeight integers = new IntegerWeight(
                    layer,
                    weightLimit,
                    perChannel,
                    plan.readersOf(layer).stream().map(this::bias).toList());
            String name = dequantized(
                    layer.node().output(0) + "_weight",
                    integers.values(),
                    integers.scales(),
                    integers.zeroPoints(),
                    layer.axis(),
                    to);
            weight = new StoredWeight(integers, name);
            weights.put(layer.storedAs(), weight);
        }
        Node written = node.is("Gemm") ? node.without("alpha").without("beta") : node;
        written = written.withInput(1, weight.name);
        IntegerWeight.Bias bias = bias(layer);
        return bias.values() == null ? written : written.withInput(2, storedBias(layer, bias, weight.integers, to));
    }

    private IntegerWeight.Bias bias(QuantizableLayer layer) {
        double inputScale = encodings.get(plan.root(layer.node().input(0))).scale();
        return new IntegerWeight.Bias(biases.getOrDefault(layer.node(), layer.bias()), inputScale);
    }

    /** Layers that read the same bias in the same units read one stored bias. */
    private String storedBias(QuantizableLayer layer, IntegerWeight.Bias bias, IntegerWeight weight, List<Node> to) {
        Object key = List.of(
                layer.storedAs(),
                bias.inputScale(),
                FloatBuffer.wrap(bias.values()),
                layer.node().input(2));
        String known = storedBiases.get(key);
        if (known == null) {
            known = dequantized(
                    layer.node().output(0) + "_bias",
                    weight.stored(bias),
                    weight.scales(bias),
                    weight.biasZeroPoints(),
                    0,
                    to);
            storedBiases.put(key, known);
        }
        return known;
    }

    private Node withIntegerConstants(Node node, Node from, List<Node> to) {
        Node written = from;
        for (int i = 0; i < node.inputs().size(); i++) {
            Tensor constant = graph.constant(node.input(i)).orElse(null);
            if (constant != null) {
                constant = biases.containsKey(node) ? Tensor.ofFloats(biases.get(node), constant.dims()) : constant;
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
        String quantized = patch.store(stem + "_quantized", values);
        String scales = patch.store(stem + "_scale", scale);
        String zeroPoints = patch.store(stem + "_zero_point", zeroPoint);
        String floats = patch.name(stem + "_dequantized");
        Node node = Node.of(
                "DequantizeLinear",
                patch.name(stem + "_DequantizeLinear"),
                List.of(quantized, scales, zeroPoints),
                List.of(floats));
        to.add(scale.rank() > 0 && perChannel ? node.with("axis", axis) : node);
        return floats;
    }
}
