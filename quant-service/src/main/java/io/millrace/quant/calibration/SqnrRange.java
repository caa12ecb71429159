package io.millrace.quant.calibration;

/**
 * The scale and offset of least squared error, as in AIMET's "tf-enhanced": 17 scales from 1/16 to 17/16 of the full
 * range, times 21 offsets and the one observed. The error of values that saturate counts threefold.
 */
final class SqnrRange {
    private static final int STEPS = Rounding.STEPS;
    private static final int SCALES = 17;
    private static final int OFFSETS = 21;
    private static final double SATURATION_WEIGHT = 3;

    private final Rounding rounding;

    private SqnrRange(Rounding rounding) {
        this.rounding = rounding;
    }

    static Range of(Histogram values) {
        Range full = new Range(values.min(), values.max());
        if (full.min() == full.max()) {
            return full;
        }
        return new SqnrRange(new Rounding(values)).best(full);
    }

    private Range best(Range full) {
        double least = Double.POSITIVE_INFINITY;
        Range best = full;
        for (int i = 1; i <= SCALES; i++) {
            double scale = (full.max() - full.min()) / STEPS * i / (SCALES - 1);
            for (int j = 0; j <= OFFSETS; j++) {
                double offset = offset(j, scale, full);
                double error = rounding.error(scale, offset, SATURATION_WEIGHT);
                if (error < least) {
                    least = error;
                    best = new Range(offset * scale, (offset + STEPS) * scale);
                }
                if (full.min() == 0 || full.max() == 0) {
                    break;
                }
            }
        }
        return best;
    }

    /** Steps from the lower end to 0, negative: the observed one first, then evenly spaced ones. */
    private static double offset(int candidate, double scale, Range full) {
        if (full.min() == 0) {
            return 0;
        }
        if (full.max() == 0) {
            return -STEPS;
        }
        return candidate == 0
                ? Math.max(-STEPS, Math.rint(full.min() / scale))
                : -Math.rint((candidate - 1) * (double) STEPS / (OFFSETS - 1));
    }
}
