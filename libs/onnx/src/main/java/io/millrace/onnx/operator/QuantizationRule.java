package io.millrace.onnx.operator;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;

/**
 * What an operator does to the ranges of its numbers, and how ONNX Runtime computes it in eight-bit integers where its
 * inputs come from DequantizeLinear and its outputs go to QuantizeLinear.
 */
public final class QuantizationRule {

    /** How an operator is computed in integers. */
    public enum Form {
        /** It is not: it reads and gives floating point. */
        FLOAT,
        /** A layer with stored weights, output channels along axis 1 of the result, which is integers as well. */
        CONVOLUTION,
        /** A layer with stored weights, output channels along the last axis; gives integers or floating point. */
        PRODUCT,
        /** Worth it as soon as one input comes in integers. */
        ANY_INPUT,
        /** Worth it where each operand comes in integers or is stored. */
        OPERANDS,
        /** Worth it where every input comes in integers. */
        ALL_INPUTS,
        /** Moves numbers without computing: the result has the encoding of the first input, whatever that is. */
        MOVES
    }

    /** No integers, no bounds, nothing known of how it scales. */
    static final QuantizationRule FLOAT = of(Form.FLOAT);

    private final Form form;
    private final BiPredicate<Node, Long> when;
    private final BiPredicate<Graph, Node> scales;
    private final BiFunction<Graph, Node, Optional<Interval>> bounds;

    private QuantizationRule(
            Form form,
            BiPredicate<Node, Long> when,
            BiPredicate<Graph, Node> scales,
            BiFunction<Graph, Node, Optional<Interval>> bounds) {
        this.form = form;
        this.when = when;
        this.scales = scales;
        this.bounds = bounds;
    }

    static QuantizationRule of(Form form) {
        return new QuantizationRule(
                form, (node, opset) -> true, (graph, node) -> false, (graph, node) -> Optional.empty());
    }

    /** Has its form for nodes and opsets of this kind only. */
    QuantizationRule when(BiPredicate<Node, Long> condition) {
        return new QuantizationRule(form, condition, scales, bounds);
    }

    /** Scales as its input does, where this holds. */
    QuantizationRule scalesIf(BiPredicate<Graph, Node> condition) {
        return new QuantizationRule(form, when, condition, bounds);
    }

    /** Scales as its input does. */
    QuantizationRule scales() {
        return scalesIf((graph, node) -> true);
    }

    /** Gives its input cut off at bounds, and nothing else. */
    QuantizationRule bounds(BiFunction<Graph, Node, Optional<Interval>> rule) {
        return new QuantizationRule(form, when, scales, rule);
    }

    /**
     * {@return how a node is computed in integers}
     *
     * @param node of this operator
     * @param opset of its model
     */
    public Form form(Node node, long opset) {
        return when.test(node, opset) ? form : Form.FLOAT;
    }

    /**
     * {@return whether the first output, channel by channel along axis 1, scales as the first input does: f(a x) = a
     * f(x) for each a &gt; 0}
     *
     * @param graph the node's
     * @param node of this operator
     */
    public boolean scalesAsItsInput(Graph graph, Node node) {
        return scales.test(graph, node)
                || bounds(graph, node).filter(Interval.POSITIVE::equals).isPresent();
    }

    /**
     * The bounds at which a node cuts its first input off, if that is all it does.
     *
     * @param graph the node's
     * @param node of this operator
     * @return empty for operators that do something else, and where the bounds are computed
     */
    public Optional<Interval> bounds(Graph graph, Node node) {
        return bounds.apply(graph, node);
    }
}
