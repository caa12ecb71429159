package io.millrace.quant.qdq;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Operator;
import io.millrace.onnx.operator.Operators;
import io.millrace.onnx.operator.QuantizationRule.Form;
import java.util.List;
import java.util.Optional;

/**
 * A convolution or matrix product with stored weights, as ONNX Runtime can run it in integers.
 *
 * @param weight its weight, factors of Gemm multiplied in
 * @param bias one per output channel, factors multiplied in; {@code null} where there is none
 * @param axis of the weight that counts output channels
 */
public record QuantizableLayer(Node node, Tensor weight, float[] bias, int axis) {

    /** A layer, or why it is none. */
    record Verdict(QuantizableLayer layer, String reason) {
        static Verdict no(String reason) {
            return new Verdict(null, reason);
        }
    }

    /** Judges a node; empty for operators that are no layers. */
    static Optional<Verdict> judge(Graph graph, Node node) {
        Operator operator = Operators.of(node);
        if (operator.parameters().weights().length == 0 || operator.parameters().integers().length > 0) {
            return Optional.empty();
        }
        if (form(node) == Form.FLOAT) {
            return Optional.of(Verdict.no("ONNX Runtime has no integer " + node.op()));
        }
        Optional<Tensor> weight = graph.constant(node.input(1));
        if (weight.isEmpty()) {
            return Optional.of(Verdict.no(
                    operator.parameters().biases().length == 0
                            ? "a product of two computed values"
                            : "its weight is computed, not stored"));
        }
        return Optional.of(judge(graph, node, weight.get()));
    }

    private static Verdict judge(Graph graph, Node node, Tensor weight) {
        if (graph.constant(node.input(0)).isPresent()) {
            return Verdict.no("its input never changes");
        }
        if (weight.type() != ElementType.FLOAT) {
            return Verdict.no("its weight is " + weight.type() + ", and only 32-bit floats are quantized");
        }
        if (form(node) == Form.PRODUCT && weight.rank() != 2) {
            return Verdict.no("a stack of weight matrices");
        }
        if (node.intAttribute("transA", 0) != 0) {
            return Verdict.no("its input is transposed (transA)");
        }
        int axis = Operators.of(node).parameters().outputAxis(node, weight.rank());
        float beta = node.floatAttribute("beta", 1);
        float[] bias = null;
        if (!node.input(2).isEmpty()) {
            Optional<Tensor> stored = graph.constant(node.input(2)).filter(b -> b.type() == ElementType.FLOAT);
            if (stored.isEmpty()) {
                return Verdict.no("its bias is computed, not stored");
            }
            bias = perChannel(stored.get(), (int) weight.dim(axis), beta);
            if (bias == null) {
                return Verdict.no("its bias is not one number per output");
            }
        }
        return new Verdict(new QuantizableLayer(node, scaled(weight, alpha(node)), bias, axis), null);
    }

    private static Form form(Node node) {
        return Operators.of(node).quantization().form(node, 0);
    }

    private static float alpha(Node node) {
        return node.floatAttribute("alpha", 1);
    }

    private static float[] perChannel(Tensor bias, int channels, float beta) {
        float[] values = bias.floats();
        if (values.length != 1 && (values.length != channels || bias.dim(bias.rank() - 1) != channels)) {
            return null;
        }
        float[] result = new float[channels];
        for (int c = 0; c < channels; c++) {
            result[c] = beta * values[values.length == 1 ? 0 : c];
        }
        return result;
    }

    private static Tensor scaled(Tensor weight, float factor) {
        if (factor == 1) {
            return weight;
        }
        float[] values = weight.floats();
        for (int i = 0; i < values.length; i++) {
            values[i] *= factor;
        }
        return Tensor.ofFloats(values, weight.dims());
    }

    /** Output channels. */
    public int channels() {
        return (int) weight.dim(axis);
    }

    /** The output channel of the i-th number of the weight. */
    public int outputChannel(int i) {
        return axis == 1 ? i % channels() : i / (int) (weight.count() / channels());
    }

    /** What is the same for layers that read one stored weight in the same way. */
    Object storedAs() {
        return List.of(node.input(1), axis, alpha(node));
    }

    /** Whether the channels of its output lie on the last axis; else on axis 1. */
    public boolean channelsLast() {
        return form(node) == Form.PRODUCT;
    }
}
