package io.millrace.inference.sensitivity;

import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.ModelOutput;

/** How far one output of a changed network is from the network's own, in the way its kind is to be compared. */
interface OutputComparison {

    /**
     * Takes in one batch.
     *
     * @param rows samples of it that count; those behind only fill it up
     */
    void add(Tensor expected, Tensor actual, int rows);

    /** 0 for an unchanged network; smooth in the change. */
    double loss();

    /** 1 for an unchanged network; how much of what the output is used for stays as it is. */
    double agreement();

    /** The comparison that fits an output. */
    static OutputComparison of(ModelOutput output) {
        return switch (output.kind()) {
            case CLASS_SCORES, PROBABILITIES, CLASS_MAP -> new ClassComparison(output.axis(), output.normalised());
            case BINARY_SCORE -> new ScoreComparison(output.normalised(), true);
            case INDEPENDENT_SCORES -> new ScoreComparison(output.normalised(), false);
            case CLASS_INDICES -> new IndexComparison();
            case EMBEDDING -> new ValueComparison(true);
            case VALUES -> new ValueComparison(false);
            case BOXES -> throw new IllegalArgumentException("boxes are not compared number by number");
        };
    }

    /** How many numbers of a batch belong to the samples that count. */
    static int counted(Tensor tensor, int rows) {
        if (tensor.rank() == 0 || tensor.dim(0) <= rows) {
            return Math.toIntExact(tensor.count());
        }
        return Math.toIntExact(tensor.count() / tensor.dim(0) * rows);
    }
}
