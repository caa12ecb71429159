/**
 * libtorch behind plain Java: linear algebra, and running an ONNX graph differentiably. Nothing outside this module
 * sees a libtorch type; values go in and out as {@link io.millrace.onnx.Tensor} or Java arrays.
 */
package io.millrace.tensor;
