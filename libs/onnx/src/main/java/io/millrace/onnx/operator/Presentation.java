package io.millrace.onnx.operator;

/** Operators behind which a stored weight is still a stored weight. */
final class Presentation {
    private Presentation() {}

    static void declare() {
        for (String name : new String[] {"Identity", "Cast", "Transpose", "Reshape"}) {
            Operators.standard(name).presents();
        }
    }
}
