package io.millrace.inference;

import ai.onnxruntime.OrtException;
import io.millrace.onnx.Tensor;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Compares the time of two models fairly: in turn, the order swapped each round, after a warm-up, on the same inputs and
 * threads, with denormals as zero in both. Copies of inputs and outputs are not counted.
 *
 * <p>What a busy machine does to one run it mostly does to its neighbour, so the speed-up is the median of the neighbours'
 * ratios: of their logarithms, the mean of each two rounds of opposite order, so that who runs first gains nothing. Its
 * 95 % interval allows for noise that lasts ({@link Median}). Rounds go on until that interval is narrow and the rounds
 * are a hundred times as many as depend on each other (to stop at the first narrow interval would find narrow ones by
 * chance), or the effort is spent.
 */
public final class LatencyComparison {
    private static final int WARM_UP = 30;
    private static final int MOST_ROUNDS = 10_000;
    private static final int FEWEST_ROUNDS = 20;

    /** The first look at the interval. */
    private static final int FIRST_LOOK = 200;

    /** Rounds, less those that depend on others, before an interval is trusted; the first to stop, the second at all. */
    private static final int SURE = 100;

    private static final int LEAST_INDEPENDENT = 8;

    /** An interval wider than this share of the speed-up names no speed-up. */
    private static final double NARROW = 0.05;

    private LatencyComparison() {}

    /**
     * @param medianMillis of the candidate; {@code lowMillis}, {@code highMillis} bound its 95 % interval
     * @param originalMedianMillis in the same measurement
     * @param speedUp original / candidate; {@code null} where its interval stayed wider than 5 % of it
     * @param speedUpLow lower bound of the 95 % interval of the speed-up
     * @param speedUpHigh upper bound
     * @param rounds in which each model ran once
     * @param unmeasured why there is no speed-up; {@code null} where there is one
     */
    public record Result(
            double medianMillis,
            double lowMillis,
            double highMillis,
            double originalMedianMillis,
            Double speedUp,
            double speedUpLow,
            double speedUpHigh,
            int rounds,
            String unmeasured) {

        /** Whether the candidate is faster than the original beyond the interval. */
        public boolean faster() {
            return speedUpLow > 1;
        }
    }

    /**
     * How long to measure.
     *
     * @param rounds at most
     * @param time for both, warm-up included; a few rounds are made in any case
     */
    public record Effort(int rounds, Duration time) {
        public Effort {
            if (rounds < FEWEST_ROUNDS || rounds > MOST_ROUNDS) {
                throw new IllegalArgumentException(
                        "rounds must be %d to %d, not %d".formatted(FEWEST_ROUNDS, MOST_ROUNDS, rounds));
            }
        }

        /** 2000 rounds, ten seconds at most. */
        public static Effort usual() {
            return new Effort(2000, Duration.ofSeconds(10));
        }
    }

    /**
     * Measures on a thread of its own, one measurement of the process at a time.
     *
     * @param inputs for both models, by name
     * @throws InferenceException if a model fails, or the caller is interrupted
     */
    public static Result measure(
            OnnxSession original,
            OnnxSession candidate,
            Map<String, Tensor> inputs,
            Effort effort,
            ProgressListener listener) {
        return MeasuringThread.call(() -> {
            try (OnnxSession.Prepared first = original.prepare(inputs);
                    OnnxSession.Prepared second = candidate.prepare(inputs)) {
                return measure(first::time, second::time, effort, listener);
            }
        });
    }

    /**
     * Measures twice, each time with sessions that are opened anew, those of the second time in the other order: where
     * the system puts a session's threads stays for as long as it lives, and no number of rounds can tell it from a
     * difference. Where the two do not agree, there is no speed-up.
     *
     * @param effort for both together
     */
    public static Result measureAnew(
            Supplier<OnnxSession> original,
            Supplier<OnnxSession> candidate,
            Map<String, Tensor> inputs,
            Effort effort,
            ProgressListener listener) {
        Effort half = new Effort(
                Math.max(FEWEST_ROUNDS, effort.rounds() / 2), effort.time().dividedBy(2));
        Result first;
        try (OnnxSession one = original.get();
                OnnxSession other = candidate.get()) {
            first = measure(one, other, inputs, half, (done, total) -> listener.progress(done, 2 * total));
        }
        try (OnnxSession other = candidate.get();
                OnnxSession one = original.get()) {
            Result second =
                    measure(one, other, inputs, half, (done, total) -> listener.progress(total + done, 2 * total));
            return agreed(first, second);
        }
    }

    /** Both results as one, whose intervals hold both intervals. */
    static Result agreed(Result first, Result second) {
        double low = Math.min(first.speedUpLow(), second.speedUpLow());
        double high = Math.max(first.speedUpHigh(), second.speedUpHigh());
        int rounds = first.rounds() + second.rounds();
        boolean apart = first.speedUpLow() > second.speedUpHigh() || second.speedUpLow() > first.speedUpHigh();
        String unmeasured = null;
        if (first.speedUp() == null || second.speedUp() == null || high / low - 1 > NARROW) {
            unmeasured = String.format(
                    Locale.ROOT,
                    apart
                            ? "not measurable here: opened anew, the same models differ otherwise (from %2$.2fx to %3$.2fx)"
                            : "not measurable here: after %1$d rounds it may be anything from %2$.2fx to %3$.2fx",
                    rounds,
                    low,
                    high);
        }
        return new Result(
                (first.medianMillis() + second.medianMillis()) / 2,
                Math.min(first.lowMillis(), second.lowMillis()),
                Math.max(first.highMillis(), second.highMillis()),
                (first.originalMedianMillis() + second.originalMedianMillis()) / 2,
                unmeasured == null ? Math.sqrt(first.speedUp() * second.speedUp()) : null,
                low,
                high,
                rounds,
                unmeasured);
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
        double[] first = new double[effort.rounds()];
        double[] second = new double[effort.rounds()];
        int rounds = 0;
        int look = Math.min(effort.rounds(), FIRST_LOOK);
        while (rounds < effort.rounds() && (rounds < FEWEST_ROUNDS || System.nanoTime() - start < budget)) {
            if (rounds % 2 == 0) {
                first[rounds] = original.time();
                second[rounds] = candidate.time();
            } else {
                second[rounds] = candidate.time();
                first[rounds] = original.time();
            }
            rounds++;
            // Whichever ends first, rounds or time, is what is left.
            long spent = Math.min(effort.rounds(), effort.rounds() * (System.nanoTime() - start) / budget);
            listener.progress(Math.max(rounds, spent), effort.rounds());
            if (Thread.currentThread().isInterrupted()) {
                throw new InferenceException("interrupted during a measurement", null);
            }
            if (rounds == look) {
                Median ratio = Median.of(logarithms(first, second, rounds));
                if (narrow(ratio) && ratio.independent() >= Math.min(SURE, look / 2)) {
                    break;
                }
                look = Math.min(effort.rounds(), (look + look / 2) / 2 * 2);
            }
        }
        return result(first, second, rounds);
    }

    /** Of the ratio original / candidate, the mean of each two rounds of opposite order; an odd last one is left out. */
    private static double[] logarithms(double[] original, double[] candidate, int rounds) {
        double[] logarithms = new double[rounds / 2];
        Arrays.setAll(
                logarithms,
                i -> (Math.log(original[2 * i] / candidate[2 * i])
                                + Math.log(original[2 * i + 1] / candidate[2 * i + 1]))
                        / 2);
        return logarithms;
    }

    private static boolean narrow(Median logarithm) {
        return Math.exp(logarithm.high() - logarithm.low()) - 1 <= NARROW;
    }

    private static Result result(double[] original, double[] candidate, int rounds) {
        Median ratio = Median.of(logarithms(original, candidate, rounds));
        Median mine = Median.of(Arrays.copyOf(candidate, rounds));
        Median its = Median.of(Arrays.copyOf(original, rounds));
        String unmeasured = unmeasured(ratio, rounds);
        return new Result(
                mine.value() / 1e6,
                mine.low() / 1e6,
                mine.high() / 1e6,
                its.value() / 1e6,
                unmeasured == null ? Math.exp(ratio.value()) : null,
                Math.exp(ratio.low()),
                Math.exp(ratio.high()),
                rounds,
                unmeasured);
    }

    private static String unmeasured(Median ratio, int rounds) {
        if (!narrow(ratio)) {
            return String.format(
                    Locale.ROOT,
                    "not measurable here: after %d rounds it may be anything from %.2fx to %.2fx",
                    rounds,
                    Math.exp(ratio.low()),
                    Math.exp(ratio.high()));
        }
        return ratio.independent() >= LEAST_INDEPENDENT
                ? null
                : String.format(
                        Locale.ROOT,
                        "not measurable here: the machine was busy for long stretches, so that %d rounds tell no more than"
                                + " %.0f would",
                        rounds,
                        2 * ratio.independent());
    }
}
