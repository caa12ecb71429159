package io.millrace.pruning;

import io.millrace.inference.OnnxSession;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.channels.ChannelCut;
import io.millrace.onnx.channels.ChannelGroup;
import java.util.Map;
import java.util.Optional;

/**
 * Proves a cut on data: a model without some channels must give what the whole model gives with these channels switched
 * off. Run on every pruned model before it is delivered.
 */
final class CutProof {
    /** Relative to the largest output: room for rounding in another order, far below any wrong channel. */
    private static final double TOLERANCE = 1e-4;

    private CutProof() {}

    /** Where the two differ; empty if the cut is right. */
    static Optional<String> flaw(
            OnnxModel model,
            OnnxModel cut,
            Map<ChannelGroup, int[]> removed,
            Map<String, Tensor> inputs,
            SessionOptions options) {
        SessionOptions plain = options.withLevel(SessionOptions.Level.BASIC);
        try (OnnxSession zeroed = OnnxSession.open(ChannelCut.zero(model, removed), plain);
                OnnxSession pruned = OnnxSession.open(cut, plain)) {
            Map<String, Tensor> expected = zeroed.run(inputs);
            Map<String, Tensor> actual = pruned.run(inputs);
            return expected.entrySet().stream()
                    .filter(entry -> entry.getValue().type().isFloatingPoint())
                    .map(entry -> flaw(entry.getKey(), entry.getValue(), actual.get(entry.getKey())))
                    .flatMap(Optional::stream)
                    .findFirst();
        }
    }

    private static Optional<String> flaw(String name, Tensor expected, Tensor actual) {
        float[] wanted = expected.floats();
        float[] got = actual.floats();
        if (wanted.length != got.length) {
            return Optional.of("output %s is %s, not %s".formatted(name, actual, expected));
        }
        double size = 0;
        double difference = 0;
        for (int i = 0; i < wanted.length; i++) {
            size = Math.max(size, Math.abs(wanted[i]));
            double here = Math.abs(wanted[i] - got[i]);
            difference = Double.isNaN(here) ? Double.POSITIVE_INFINITY : Math.max(difference, here);
        }
        return difference <= TOLERANCE * size + 1e-7
                ? Optional.empty()
                : Optional.of(
                        "output %s differs by %.3g where the largest value is %.3g".formatted(name, difference, size));
    }
}
