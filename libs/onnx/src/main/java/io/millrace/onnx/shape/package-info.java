/**
 * Shapes of all values of a model, and the elements of small ones, as far as they follow from the inputs before the model
 * runs. {@link io.millrace.onnx.shape.Shapes} is what users see; {@link io.millrace.onnx.shape.Call} is what the shape rule
 * of an operator sees. The rules themselves are in {@link io.millrace.onnx.operator}.
 */
package io.millrace.onnx.shape;
