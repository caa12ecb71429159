/** What ONNX itself says of its operators: how many inputs and outputs, which attributes, which types, since when. */
package io.millrace.onnx.schema;
