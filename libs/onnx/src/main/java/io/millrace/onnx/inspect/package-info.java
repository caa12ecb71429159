/** What there is to know of a model before it is compressed, as values and as a table. */
package io.millrace.onnx.inspect;
