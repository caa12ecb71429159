package io.millrace.onnx.shape;

/** How the shapes of a family of operators follow from their inputs and attributes. */
@FunctionalInterface
interface Rule {
    /**
     * Tells the shapes, and where they can be known the elements, of a node's outputs.
     *
     * @throws UninferableException if they do not follow from what is known
     */
    void infer(Call call);
}
