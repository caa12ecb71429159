package io.millrace.onnx.shape;

/** Thrown by a rule that sees that a node cannot run whatever the model is given: sizes that must be equal are not. */
public final class ContradictionException extends UninferableException {
    /**
     * @param reason what contradicts what, in words that follow the name of the node
     */
    public ContradictionException(String reason) {
        super(reason);
    }
}
