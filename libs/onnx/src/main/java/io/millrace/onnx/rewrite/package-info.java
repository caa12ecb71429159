/** Verbs that change a model without changing what it computes, and that cut models out of models. */
package io.millrace.onnx.rewrite;
