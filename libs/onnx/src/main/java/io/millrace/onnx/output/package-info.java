/**
 * What a network's outputs mean, and whether two networks' outputs are equal. The kind of an output decides how a change
 * of it is measured; see {@link io.millrace.onnx.output.OutputKinds}. Equality up to rounding has one judge, {@link
 * io.millrace.onnx.output.OutputDifference}.
 */
package io.millrace.onnx.output;
