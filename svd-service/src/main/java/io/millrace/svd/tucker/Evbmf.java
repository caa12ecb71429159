package io.millrace.svd.tucker;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * The rank of a noisy matrix by the global analytic solution of empirical variational Bayes matrix factorisation
 * (Nakajima et al. 2013, "Global analytic solution of fully-observed variational Bayesian matrix factorization").
 *
 * @param rank singular values that stand out of the noise
 * @param noise its variance
 * @param threshold what a singular value must exceed
 */
public record Evbmf(int rank, double noise, double threshold) {
    private static final int PROBES = 400;
    private static final int REFINEMENTS = 80;
    private static final double GOLDEN = (Math.sqrt(5) - 1) / 2;

    /** @param singular all singular values of the matrix, descending */
    public static Evbmf of(double[] singular, int rows, int columns) {
        int l = Math.min(rows, columns);
        int m = Math.max(rows, columns);
        double alpha = (double) l / m;
        double tau = 2.5129 * Math.sqrt(alpha);
        double knee = (1 + tau) * (1 + alpha / tau);
        double energy = Arrays.stream(singular).map(s -> s * s).sum();
        if (!(energy > 0)) {
            return new Evbmf(0, 0, 0);
        }
        int most = (int) Math.min(Math.ceil(l / (1 + alpha)) - 1, l);
        double tail =
                Arrays.stream(singular).skip(most).map(s -> s * s).average().orElse(0) / m;
        double from = Math.max(singular[most] * singular[most] / (m * knee), tail);
        double to = energy / ((double) l * m);
        from = Math.max(from, 1e-12 * to);
        double noise = minimum(v -> energy(singular, v, m, alpha, knee), from, Math.max(from, to));
        double threshold = Math.sqrt(m * noise * knee);
        int rank = (int) Arrays.stream(singular).filter(s -> s > threshold).count();
        return new Evbmf(rank, noise, threshold);
    }

    /** The free energy up to a constant, of a noise variance. */
    private static double energy(double[] singular, double noise, int m, double alpha, double knee) {
        double sum = 0;
        for (double s : singular) {
            double x = Math.max(s * s / (m * noise), Double.MIN_NORMAL);
            if (x <= knee) {
                sum += x - Math.log(x);
            } else {
                double b = x - 1 - alpha;
                double t = (b + Math.sqrt(b * b - 4 * alpha)) / 2;
                sum += x - t + Math.log((t + 1) / x) + alpha * Math.log(t / alpha + 1);
            }
        }
        return sum;
    }

    /** Probes evenly on a logarithmic scale, then a golden section around the best. */
    private static double minimum(DoubleUnaryOperator f, double from, double to) {
        double step = Math.log(to / from) / PROBES;
        int best = 0;
        for (int i = 1; i <= PROBES; i++) {
            best = f.applyAsDouble(from * Math.exp(i * step)) < f.applyAsDouble(from * Math.exp(best * step))
                    ? i
                    : best;
        }
        double low = from * Math.exp(Math.max(0, best - 1) * step);
        double high = from * Math.exp(Math.min(PROBES, best + 1) * step);
        for (int i = 0; i < REFINEMENTS; i++) {
            double left = high - GOLDEN * (high - low);
            double right = low + GOLDEN * (high - low);
            if (f.applyAsDouble(left) <= f.applyAsDouble(right)) {
                high = right;
            } else {
                low = left;
            }
        }
        return (low + high) / 2;
    }
}
