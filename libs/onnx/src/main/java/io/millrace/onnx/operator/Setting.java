package io.millrace.onnx.operator;

import io.millrace.onnx.Node;

/**
 * Numbers that steer an operator: an attribute in older opsets, an input in newer ones.
 *
 * @param attribute the attribute's name
 * @param input which input it is since then
 * @param inputSince the first opset in which it is an input
 */
public record Setting(String attribute, int input, long inputSince) {
    /** A setting that never was an attribute. */
    static Setting input(String name, int input) {
        return new Setting(name, input, 1);
    }

    /**
     * {@return whether a model of this opset gives it as an input}
     *
     * @param opset of the model
     */
    public boolean isInput(long opset) {
        return opset >= inputSince;
    }

    /**
     * {@return the value that holds it if the node gives it as an input; empty if it does not}
     *
     * @param node of the operator
     */
    public String given(Node node) {
        return node.attribute(attribute).isPresent() ? "" : node.input(input);
    }
}
