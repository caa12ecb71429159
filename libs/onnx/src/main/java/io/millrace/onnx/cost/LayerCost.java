package io.millrace.onnx.cost;

import io.millrace.onnx.Node;

/**
 * What one layer costs for one sample.
 *
 * @param node the layer
 * @param operator its operator, such as {@code Conv}
 * @param macs multiply-accumulate operations; the bias is not counted
 * @param parameters elements of weight and bias
 * @param weightShape shape of the weight as it is stored
 * @param outputShape shape of the first output for one sample; empty if it is not known (the MACs are 0 then)
 */
public record LayerCost(
        Node node, String operator, long macs, long parameters, long[] weightShape, long[] outputShape) {}
