package io.millrace.quant.calibration;

import io.millrace.contracts.method.QuantizeParameters;
import java.util.Locale;

/** How a range is chosen from the values a tensor took. */
public enum RangeMethod {
    /** Smallest to largest value. */
    MIN_MAX {
        @Override
        Range choose(Histogram values, double percentile) {
            return new Range(values.min(), values.max());
        }
    },
    /** Mean over batches of smallest and of largest value: single outliers weigh less. */
    MOVING_AVERAGE {
        @Override
        Range choose(Histogram values, double percentile) {
            return new Range(values.meanMinimum(), values.meanMaximum());
        }
    },
    /** What is left when the outermost values on both sides are cut off. */
    PERCENTILE {
        @Override
        Range choose(Histogram values, double percentile) {
            return PercentileRange.of(values, percentile);
        }
    },
    /** Smallest Kullback-Leibler divergence of the quantized distribution. */
    ENTROPY {
        @Override
        Range choose(Histogram values, double percentile) {
            return EntropyRange.of(values);
        }
    },
    /** Smallest squared error, values that saturate counted more. */
    SQNR {
        @Override
        Range choose(Histogram values, double percentile) {
            return SqnrRange.of(values);
        }
    };

    static final double DEFAULT_PERCENTILE = 99.99;

    abstract Range choose(Histogram values, double percentile);

    /**
     * The range for a tensor's values.
     *
     * @param percentile of the values that stay inside, for {@link #PERCENTILE} alone
     */
    public Range range(Histogram values, double percentile) {
        return values.isEmpty() ? new Range(0, 0) : choose(values, percentile);
    }

    /** The name in a recipe: {@code min-max}. */
    public String id() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public static RangeMethod of(QuantizeParameters.Calibration named) {
        return valueOf(named.name());
    }
}
