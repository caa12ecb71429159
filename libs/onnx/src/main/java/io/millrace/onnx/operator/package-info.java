/**
 * One declaration per operator: shape, channels, what a cut rewrites, zeros, costs, and which settings are attributes or
 * inputs in which opset. A family of operators is one class here, and whoever teaches the library an operator opens that
 * class only; {@link io.millrace.onnx.operator.Operators} finds the declaration of a node's operator. The page {@code
 * docs/algorithms/channel-algebra.md} shows how to add one.
 */
package io.millrace.onnx.operator;
