/**
 * Models of older versions of the standard operators, brought to a newer one: {@link
 * io.millrace.onnx.opset.OpsetConversion}. {@code Adapters} says for each version which operators are written otherwise;
 * the model is converted as a whole, exactly, or not at all.
 */
package io.millrace.onnx.opset;
