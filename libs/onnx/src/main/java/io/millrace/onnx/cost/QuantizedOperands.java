package io.millrace.onnx.cost;

import io.millrace.onnx.Node;
import java.util.Set;

/** Which stored tensors are weights in integers, and which are only the scales that belong to them. */
final class QuantizedOperands {
    private QuantizedOperands() {}

    /** Adds the values that a node reads as quantization scales, and those it reads as integer weights. */
    static void collect(Node node, Set<String> scales, Set<String> weights) {
        switch (node.op()) {
            case "QuantizeLinear" -> scales.add(node.input(1));
            case "DequantizeLinear" -> {
                weights.add(node.input(0));
                scales.add(node.input(1));
            }
            case "QLinearConv", "QLinearMatMul" -> {
                weights.add(node.input(3));
                weights.add(node.input(8));
                scales.add(node.input(1));
                scales.add(node.input(4));
                scales.add(node.input(6));
            }
            case "ConvInteger", "MatMulInteger" -> weights.add(node.input(1));
            default -> {
                // holds no integers that stand for weights
            }
        }
    }
}
