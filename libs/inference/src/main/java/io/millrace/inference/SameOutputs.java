package io.millrace.inference;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.OutputDifference;
import io.millrace.onnx.output.Tolerance;
import java.util.Map;
import java.util.Optional;

/**
 * Proves by a run that one network gives what another one gives, up to rounding. The noise of the network itself is
 * measured only where plain rounding does not explain a difference.
 */
public final class SameOutputs {
    private SameOutputs() {}

    /**
     * The output that differs most, in words; empty if all are equal.
     *
     * @param wanted what must be given
     * @param given the network in question
     * @param tolerance what rounding explains, without the network's noise
     */
    public static Optional<OutputDifference.Entry> flaw(
            OnnxModel wanted,
            OnnxModel given,
            Map<String, Tensor> inputs,
            SessionOptions options,
            Tolerance tolerance) {
        OutputDifference difference;
        try (OnnxSession reference = OnnxSession.open(wanted, options);
                OnnxSession other = OnnxSession.open(given, options)) {
            difference = OutputDifference.between(reference.run(inputs), other.run(inputs));
        }
        return difference.beyond(tolerance).isEmpty()
                ? Optional.empty()
                : difference.beyond(tolerance.with(NoiseFloor.of(wanted, inputs, options)));
    }
}
