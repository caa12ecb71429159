package io.millrace.quant.qdq;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.operator.Operators;
import io.millrace.onnx.operator.QuantizationRule.Form;
import io.millrace.quant.calibration.Range;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Chooses what to quantize by the rules under which ONNX Runtime runs a graph in integers: layers with stored weights
 * always; additions, products, concatenations and pools where their inputs come in integers anyway; operators that only
 * move data pass the encoding of their input on. Everything else computes in float between the two.
 */
public final class Planner {
    private final OnnxModel model;
    private final Graph graph;
    private final long opset;
    private final QuantizationPlan plan = new QuantizationPlan();
    private final Set<String> inIntegers = new HashSet<>();
    private final Set<Node> gone = new HashSet<>();

    private Planner(OnnxModel model) {
        this.model = model;
        this.graph = model.graph();
        this.opset = model.opset();
    }

    public static QuantizationPlan plan(OnnxModel model) {
        return new Planner(model).plan();
    }

    private QuantizationPlan plan() {
        for (Node node : graph.nodes()) {
            if (!gone.contains(node)) {
                visit(node);
            }
        }
        for (Node node : plan.nodes) {
            chooseValues(node);
        }
        plan.twins.putAll(SiameseValues.of(model, plan));
        for (Node node : graph.nodes()) {
            if (!plan.nodes.contains(node) && !gone.contains(node) && !node.is("Constant")) {
                plan.leftInFloat.merge(node.op(), 1, Integer::sum);
            }
        }
        return plan;
    }

    private void visit(Node node) {
        Optional<QuantizableLayer.Verdict> verdict = QuantizableLayer.judge(graph, node);
        if (verdict.isPresent()) {
            QuantizableLayer layer = verdict.get().layer();
            if (layer == null) {
                plan.declined.put(node.label(), verdict.get().reason());
                return;
            }
            plan.layers.put(node, layer);
            accept(node);
            return;
        }
        switch (form(node)) {
            case ANY_INPUT -> acceptIf(node, true);
            case OPERANDS -> acceptIf(node, node.inputs().stream().allMatch(this::integerOperand));
            case ALL_INPUTS -> acceptIf(node, inIntegers.containsAll(node.inputs()));
            case MOVES -> passOn(node);
            default -> {}
        }
    }

    private Form form(Node node) {
        return Operators.of(node).quantization().form(node, opset);
    }

    private void acceptIf(Node node, boolean worthIt) {
        if (worthIt && node.inputs().stream().anyMatch(inIntegers::contains)) {
            accept(node);
        }
    }

    private void passOn(Node node) {
        if (inIntegers.contains(node.input(0))) {
            plan.nodes.add(node);
            for (String output : node.outputs()) {
                plan.sharedWith.put(output, node.input(0));
                inIntegers.add(output);
            }
        }
    }

    private boolean integerOperand(String value) {
        return inIntegers.contains(value)
                || graph.constant(value)
                        .filter(t -> t.type() == ElementType.FLOAT)
                        .isPresent();
    }

    /** Takes a node, and the activation behind it where its output range can stand for it. */
    private void accept(Node node) {
        plan.nodes.add(node);
        String output = node.output(0);
        Node activation = soleReader(output);
        Optional<Range> passes = activation == null ? Optional.empty() : PassingRange.of(graph, activation);
        if (passes.isPresent() && readByNodesOnly(activation.output(0))) {
            plan.fused.put(node, activation);
            gone.add(activation);
            output = activation.output(0);
            plan.bounds.put(output, passes.get());
        }
        inIntegers.add(output);
    }

    private Node soleReader(String value) {
        List<Node> readers = graph.consumers(value);
        return readers.size() == 1 && !graph.isOutput(value) ? readers.get(0) : null;
    }

    /** Sub-graphs read a value as its node makes it, not as it is rounded, so its node has to stay complete. */
    private boolean readByNodesOnly(String value) {
        return graph.consumers(value).stream().allMatch(n -> n.subgraphs().isEmpty());
    }

    private void chooseValues(Node node) {
        for (int i = 0; i < node.inputs().size(); i++) {
            boolean layerOperand = plan.layers.containsKey(node) && i > 0;
            boolean setting = form(node) == Form.MOVES && i > 0;
            if (!layerOperand
                    && !setting
                    && !node.input(i).isEmpty()
                    && graph.constant(node.input(i)).isEmpty()) {
                plan.values.add(node.input(i));
            }
        }
        // Integer matrix products can give floats as well: they are rounded only where integers are wanted.
        if (form(node) == Form.PRODUCT && !plan.fused.containsKey(node)) {
            if (graph.consumers(node.output(0)).stream().anyMatch(plan.nodes::contains)) {
                plan.values.add(node.output(0));
            }
            return;
        }
        Node activation = plan.fused.get(node);
        plan.values.addAll(activation == null ? node.outputs() : activation.outputs());
    }
}
