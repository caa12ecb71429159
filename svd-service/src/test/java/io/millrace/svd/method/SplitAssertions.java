package io.millrace.svd.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

/** Comparisons of outputs. */
public final class SplitAssertions {
    private SplitAssertions() {}

    /** Equal up to a share of the largest number. */
    public static void assertClose(float[] actual, float[] expected, double share) {
        double size = 0;
        for (float value : expected) {
            size = Math.max(size, Math.abs(value));
        }
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within((float) (share * size)));
        }
    }
}
