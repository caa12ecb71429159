package io.millrace.inference;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import io.millrace.onnx.Tensor;
import java.time.Duration;
import java.util.Map;

/**
 * Compares the time of two models fairly: in turn (A B A B), after a warm-up, on the same inputs and threads, with
 * denormals as zero in both. Copies of inputs and outputs are not counted.
 */
public final class LatencyComparison {
    private static final int WARM_UP = 30;
    private static final int MOST_RUNS = 1000;
    private static final int FEWEST_RUNS = 5;

    private LatencyComparison() {}

    /**
     * @param medianMillis of the candidate; {@code lowMillis}, {@code highMillis} bound its 95 % confidence interval
     * @param originalMedianMillis in the same measurement
     * @param speedUp original / candidate; exactly 1 where the 95 % interval of the pairs' ratio holds 1
     * @param runs of each model
     */
    public record Result(
            double medianMillis,
            double lowMillis,
            double highMillis,
            double originalMedianMillis,
            double speedUp,
            int runs) {}

    /**
     * How long to measure.
     *
     * @param runs of each model, unless the time is over before
     * @param time for both, warm-up included; a few runs are made in any case
     */
    public record Effort(int runs, Duration time) {
        public Effort {
            if (runs < FEWEST_RUNS || runs > MOST_RUNS) {
                throw new IllegalArgumentException(
                        "runs must be %d to %d, not %d".formatted(FEWEST_RUNS, MOST_RUNS, runs));
            }
        }

        /** 300 runs, eight seconds at most. */
        public static Effort usual() {
            return new Effort(300, Duration.ofSeconds(8));
        }
    }

    /** @param inputs for both models, by name */
    public static Result measure(
            OnnxSession original,
            OnnxSession candidate,
            Map<String, Tensor> inputs,
            Effort effort,
            ProgressListener listener) {
        return MeasuringThread.call(() -> {
            Map<String, OnnxTensor> forOriginal = original.prepare(inputs);
            Map<String, OnnxTensor> forCandidate = candidate.prepare(inputs);
            try {
                return measure(() -> original.time(forOriginal), () -> candidate.time(forCandidate), effort, listener);
            } finally {
                forOriginal.values().forEach(OnnxTensor::close);
                forCandidate.values().forEach(OnnxTensor::close);
            }
        });
    }

    interface Run {
        /** Nanoseconds of one run. */
        long time() throws OrtException;
    }

    static Result measure(Run original, Run candidate, Effort effort, ProgressListener listener) throws OrtException {
        long start = System.nanoTime();
        long budget = effort.time().toNanos();
        for (int i = 0; i < WARM_UP && (i < 2 || System.nanoTime() - start < budget / 4); i++) {
            original.time();
            candidate.time();
        }
        double[] first = new double[effort.runs()];
        double[] second = new double[effort.runs()];
        int runs = 0;
        while (runs < effort.runs() && (runs < FEWEST_RUNS || System.nanoTime() - start < budget)) {
            first[runs] = original.time() / 1e6;
            second[runs] = candidate.time() / 1e6;
            listener.progress(++runs, effort.runs());
        }
        return result(java.util.Arrays.copyOf(first, runs), java.util.Arrays.copyOf(second, runs));
    }

    private static Result result(double[] original, double[] candidate) {
        double[] ratios = new double[original.length];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = original[i] / candidate[i];
        }
        Median ratio = Median.of(ratios);
        Median of = Median.of(original);
        Median mine = Median.of(candidate);
        boolean same = ratio.low() <= 1 && ratio.high() >= 1;
        return new Result(
                mine.value(), mine.low(), mine.high(), of.value(), same ? 1 : of.value() / mine.value(), ratios.length);
    }
}
