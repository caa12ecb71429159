/**
 * A model that computes the same with fewer nodes: {@link io.millrace.onnx.simplify.Simplification}. Each class is one
 * verb; they are repeated until none finds anything any more.
 */
package io.millrace.onnx.simplify;
