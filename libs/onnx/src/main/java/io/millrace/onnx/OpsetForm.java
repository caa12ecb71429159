package io.millrace.onnx;

import io.millrace.onnx.operator.Operators;
import io.millrace.onnx.operator.Setting;
import io.millrace.onnx.schema.Schemas;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings nodes written in the newest form of their operator into the form of an older opset: what became an input goes
 * back into an attribute, what became optional is given.
 */
final class OpsetForm {
    private static final long GEMM_WITHOUT_C = 11;
    private static final long SPLIT_BY_COUNT = 18;
    private static final long QUANTIZE = 10;
    private static final long QUANTIZE_PER_AXIS = 13;

    private OpsetForm() {}

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
        require(Schemas.isUnderstood(node.op(), opset), node, opset);
        Node fitting = node;
        for (Setting setting : Operators.of(node).settings()) {
            if (!setting.isInput(opset) && !setting.given(node).isEmpty()) {
                fitting = intoAttribute(fitting, setting, patch);
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

    private static Node intoAttribute(Node node, Setting setting, Patch patch) {
        Tensor tensor = patch.constant(node.input(setting.input()));
        if (tensor == null || tensor.type().isFloatingPoint() && tensor.count() > 1) {
            throw new InvalidModelException(node.label() + " needs " + setting.attribute()
                    + " as an input, which operators have since opset " + setting.inputSince()
                    + " only; the model is of opset "
                    + patch.graph().opset());
        }
        List<String> inputs = new ArrayList<>(node.inputs());
        inputs.set(setting.input(), "");
        while (inputs.get(inputs.size() - 1).isEmpty()) {
            inputs.remove(inputs.size() - 1);
        }
        patch.drop(node.input(setting.input()));
        Node changed = node.withInputs(inputs);
        if (tensor.type().isFloatingPoint()) {
            return changed.with(setting.attribute(), tensor.floats()[0]);
        }
        long[] values = tensor.longs();
        return setting.attribute().equals("k")
                ? changed.with("k", values[0])
                : changed.with(setting.attribute(), values);
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
