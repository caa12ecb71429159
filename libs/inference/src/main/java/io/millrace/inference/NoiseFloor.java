package io.millrace.inference;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.OutputDifference;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * How much a network's outputs move by rounding alone: when its inputs are moved by a few roundings, and when the runtime
 * takes the same sums in another order. A transformation that moves them by not much more than this has changed nothing.
 */
public final class NoiseFloor {
    /** Relative size of a few roundings of single precision. */
    private static final double NUDGE = 1e-6;

    private NoiseFloor() {}

    /**
     * The noise of each output by name, relative to its largest value.
     *
     * @param options how the network runs otherwise
     * @throws InferenceException if the network does not run
     */
    public static Map<String, Double> of(OnnxModel model, Map<String, Tensor> inputs, SessionOptions options) {
        Map<String, Tensor> reference;
        Map<String, Double> noise = new HashMap<>();
        try (OnnxSession session = OnnxSession.open(model, options)) {
            reference = session.run(inputs);
            add(noise, reference, session.run(nudged(inputs, 1)));
            add(noise, reference, session.run(nudged(inputs, 2)));
        }
        for (SessionOptions.Level level : List.of(SessionOptions.Level.NONE, SessionOptions.Level.ALL)) {
            if (level != options.level()) {
                try (OnnxSession session = OnnxSession.open(model, options.withLevel(level))) {
                    add(noise, reference, session.run(inputs));
                }
            }
        }
        return noise;
    }

    private static void add(Map<String, Double> noise, Map<String, Tensor> reference, Map<String, Tensor> moved) {
        OutputDifference.between(reference, moved)
                .byOutput()
                .forEach((output, difference) -> noise.merge(output, difference, Math::max));
    }

    /** The inputs, each value moved by about a millionth; whole numbers stay. */
    private static Map<String, Tensor> nudged(Map<String, Tensor> inputs, long seed) {
        Random random = new Random(seed);
        Map<String, Tensor> nudged = new LinkedHashMap<>(inputs);
        nudged.replaceAll((name, value) -> {
            if (!value.type().isFloatingPoint()) {
                return value;
            }
            float[] values = value.floats();
            for (int i = 0; i < values.length; i++) {
                values[i] *= 1 + (float) (NUDGE * random.nextGaussian());
            }
            return Tensor.ofFloats(values, value.dims()).as(value.type());
        });
        return nudged;
    }
}
