package io.millrace.onnx.output;

/**
 * The labels of a data set that are indices of classes.
 *
 * @param smallest of all
 * @param largest of all
 * @param classes how many there are, as the data set says; 0 where it does not
 */
public record ClassLabels(long smallest, long largest, long classes) {

    /**
     * {@return whether this output could be what the labels are of}
     *
     * @param output the output that they are said to be of
     */
    public boolean fit(ModelOutput output) {
        long there = output.kind() == OutputKind.BINARY_SCORE || output.classes() == 1 ? 2 : output.classes();
        return smallest >= 0 && (there < 0 || largest < there) && (classes == 0 || there < 0 || classes <= there);
    }

    /** Whether the output has exactly as many classes as the labels. */
    boolean fillExactly(ModelOutput output) {
        return output.classes() == (classes > 0 ? classes : largest + 1);
    }

    /** For people: {@code 0 to 9}. */
    @Override
    public String toString() {
        return smallest + " to " + largest;
    }
}
