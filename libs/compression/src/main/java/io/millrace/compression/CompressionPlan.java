package io.millrace.compression;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.task.Progress;
import io.millrace.data.Batches;
import io.millrace.onnx.OnnxModel;
import io.millrace.selection.CompressionFindings;
import io.millrace.selection.NetworkCost;
import io.millrace.selection.NetworkPart;
import io.millrace.selection.Sensitivity;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What a method can do to one network. Made anew by every task, always the same from the same network and parameters.
 * Where options are chosen, {@code options[i]} is that of the i-th part, 0 leaves it as it is, and n is the n-th of its
 * options.
 */
public interface CompressionPlan {

    /** The parts that can be made smaller, in execution order. */
    List<NetworkPart> parts();

    /** Why the other parts stay as they are, by name. */
    Map<String, String> declined();

    /** Cost of the whole network by the options of its parts. */
    NetworkCost cost();

    /**
     * Measures what each option of some parts loses, when the rest of the network stays as it is.
     *
     * @param parts some of {@link #parts}
     * @param count samples to measure on
     * @param progress told often; what it throws ends the work
     * @return of each of these parts, by its key
     */
    List<Sensitivity> measure(
            List<NetworkPart> parts, CalibrationSamples samples, int count, Consumer<Progress> progress);

    /** A new model, with these options applied; the network itself is left as it is. */
    OnnxModel apply(int[] options);

    /** What is wrong with a model that {@link #apply} made, found by a run; empty if it is what it should be. */
    default Optional<String> flaw(int[] options, OnnxModel made, CalibrationSamples samples) {
        return Optional.empty();
    }

    /** Calibration samples that a model's weights are fitted to after the change; 0 if nothing is fitted. */
    default int fittingSamples() {
        return 0;
    }

    /**
     * Fits the weights that are left to the original's outputs. Whether the outcome is better is judged by the caller, on
     * samples kept aside.
     *
     * @param made of {@link #apply}; left as it is
     * @param batches {@link #fittingSamples} of the samples, of which those kept {@link Aside} must not be fitted to
     * @param entry of the model in the findings
     * @return the fitted model
     */
    default OnnxModel refit(
            int[] options,
            OnnxModel made,
            Batches batches,
            CalibrationSamples samples,
            ObjectNode entry,
            CompressionFindings findings,
            Consumer<Progress> progress) {
        throw new UnsupportedOperationException("nothing is fitted");
    }

    /**
     * Says what an option does.
     *
     * @param part its place in {@link #parts}
     * @param option from 1 on
     * @param entry of the part in the findings; name, operator and ratio are in it
     */
    void describe(int part, int option, ObjectNode entry, CompressionFindings findings);

    /** Says what else there is to know of how a model was made. */
    default void describe(ObjectNode entry) {}

    /** What there is to know of the plan as a whole, in sentences for people. */
    default List<String> notes() {
        return List.of();
    }
}
