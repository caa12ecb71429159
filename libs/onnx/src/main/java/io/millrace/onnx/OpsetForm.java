package io.millrace.onnx;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Brings nodes written in the newest form of their operator into the form of an older opset: what became an input goes
 * back into an attribute, what became optional is given.
 */
final class OpsetForm {
    private static final Map<String, List<Moved>> MOVED = Map.ofEntries(
            Map.entry("Squeeze", List.of(new Moved(13, "axes", 1))),
            Map.entry("Unsqueeze", List.of(new Moved(13, "axes", 1))),
            Map.entry("ReduceSum", List.of(new Moved(13, "axes", 1))),
            Map.entry("ReduceMean", List.of(new Moved(18, "axes", 1))),
            Map.entry("ReduceMax", List.of(new Moved(18, "axes", 1))),
            Map.entry("ReduceMin", List.of(new Moved(18, "axes", 1))),
            Map.entry("ReduceProd", List.of(new Moved(18, "axes", 1))),
            Map.entry("ReduceL1", List.of(new Moved(18, "axes", 1))),
            Map.entry("ReduceL2", List.of(new Moved(18, "axes", 1))),
            Map.entry("ReduceLogSum", List.of(new Moved(18, "axes", 1))),
            Map.entry("ReduceLogSumExp", List.of(new Moved(18, "axes", 1))),
            Map.entry("ReduceSumSquare", List.of(new Moved(18, "axes", 1))),
            Map.entry("Split", List.of(new Moved(13, "split", 1))),
            Map.entry("Slice", List.of(new Moved(10, "starts", 1), new Moved(10, "ends", 2), new Moved(10, "axes", 3))),
            Map.entry("Pad", List.of(new Moved(11, "pads", 1), new Moved(11, "value", 2))),
            Map.entry("Clip", List.of(new Moved(11, "min", 1), new Moved(11, "max", 2))),
            Map.entry("TopK", List.of(new Moved(10, "k", 1))),
            Map.entry("Dropout", List.of(new Moved(12, "ratio", 1))));

    private static final long GEMM_WITHOUT_C = 11;
    private static final long SPLIT_BY_COUNT = 18;
    private static final long QUANTIZE = 10;
    private static final long QUANTIZE_PER_AXIS = 13;

    private OpsetForm() {}

    /** An attribute that became the i-th input. */
    private record Moved(long since, String attribute, int input) {}

    /**
     * The nodes to write for a node.
     *
     * @throws InvalidModelException if the opset has no form for it
     */
    static List<Node> of(Node node, Patch patch) {
        if (!node.domain().isEmpty()) {
            return List.of(node);
        }
        long opset = patch.graph().opset();
        Node fitting = node;
        for (Moved moved : MOVED.getOrDefault(node.op(), List.of())) {
            if (opset < moved.since && !node.input(moved.input).isEmpty()) {
                fitting = intoAttribute(fitting, moved, patch);
            }
        }
        if (opset < SPLIT_BY_COUNT && node.is("Split")) {
            fitting = fitting.without("num_outputs");
        }
        if (opset < GEMM_WITHOUT_C && node.is("Gemm") && node.input(2).isEmpty()) {
            fitting = fitting.withInput(2, zero(node, patch));
        }
        if (node.is("QuantizeLinear", "DequantizeLinear")) {
            require(opset >= QUANTIZE, node, opset);
            require(opset >= QUANTIZE_PER_AXIS || node.attribute("axis").isEmpty(), node, opset);
        }
        return List.of(fitting);
    }

    private static Node intoAttribute(Node node, Moved moved, Patch patch) {
        Tensor tensor = patch.constant(node.input(moved.input));
        if (tensor == null) {
            throw new InvalidModelException(node.label() + " needs " + moved.attribute
                    + " as an input, which operators have since opset " + moved.since + " only; the model is of opset "
                    + patch.graph().opset());
        }
        List<String> inputs = new ArrayList<>(node.inputs());
        inputs.set(moved.input, "");
        while (inputs.get(inputs.size() - 1).isEmpty()) {
            inputs.remove(inputs.size() - 1);
        }
        patch.drop(node.input(moved.input));
        Node changed = node.withInputs(inputs);
        if (tensor.type().isFloatingPoint()) {
            return changed.with(moved.attribute, tensor.floats()[0]);
        }
        long[] values = tensor.longs();
        return moved.attribute.equals("k") ? changed.with("k", values[0]) : changed.with(moved.attribute, values);
    }

    /** A zero of the type of the node's operands. */
    private static String zero(Node gemm, Patch patch) {
        for (int i = 0; i < 2; i++) {
            Tensor operand = patch.constant(gemm.input(i));
            if (operand != null) {
                return patch.store(
                        gemm.output(0) + "_bias",
                        Tensor.ofFloats(new float[1], 1).as(operand.type()));
            }
        }
        throw new InvalidModelException(gemm.label() + " has no C, which opset "
                + patch.graph().opset() + " requires, and the type of its operands is not known");
    }

    private static void require(boolean condition, Node node, long opset) {
        if (!condition) {
            throw new InvalidModelException(node.label() + ": opset " + opset + " has no such " + node.op());
        }
    }
}
