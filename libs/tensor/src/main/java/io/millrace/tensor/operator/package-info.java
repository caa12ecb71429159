/**
 * What each ONNX operator is in libtorch: {@link io.millrace.tensor.operator.Operators} is the table, each class beside
 * it one family. To support another operator, add a line to its family and a case to the test that compares with ONNX
 * Runtime.
 */
package io.millrace.tensor.operator;
