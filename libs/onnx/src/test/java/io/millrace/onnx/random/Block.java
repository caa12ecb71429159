package io.millrace.onnx.random;

/** A piece of a random network: reads values of a canvas and leaves new ones there. */
@FunctionalInterface
interface Block {
    /** Adds its nodes; does nothing where the canvas has no value that fits. */
    void draw(Canvas canvas, Feature on);
}
