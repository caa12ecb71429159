/**
 * ONNX models as data: read and checked ({@link io.millrace.onnx.OnnxReader}), asked ({@link io.millrace.onnx.Graph}),
 * changed by labelled patches ({@link io.millrace.onnx.Patch}, {@link io.millrace.onnx.Provenance}) and written back with
 * all that was not changed byte for byte ({@link io.millrace.onnx.OnnxWriter}).
 */
package io.millrace.onnx;
