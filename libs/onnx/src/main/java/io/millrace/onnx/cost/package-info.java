/**
 * What a model costs for one sample: multiply-accumulates by node, parameters, bytes; what cannot be counted is named. Also
 * the counts of channels on which runtimes are fast. How many operations an operator needs is declared in {@link
 * io.millrace.onnx.operator}.
 */
package io.millrace.onnx.cost;
