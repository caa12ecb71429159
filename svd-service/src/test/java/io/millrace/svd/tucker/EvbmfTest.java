package io.millrace.svd.tucker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Against the reference implementation of the analytic solution (VBMF, for Python) on matrices of known rank plus noise. */
class EvbmfTest {
    static Stream<Arguments> matrices() {
        return Stream.of(
                Arguments.of("three strong components", 12, 30, 3, 0.106829626, 3.22288439, new double[] {
                    20.6032233,
                    17.2144186,
                    9.52613465,
                    2.33840803,
                    2.2060284,
                    2.15005594,
                    1.83100205,
                    1.59157918,
                    1.21371545,
                    1.15339377,
                    0.940515053,
                    0.628871892
                }),
                Arguments.of("square", 16, 16, 5, 0.208879575, 4.05122313, new double[] {
                    18.5053533, 15.7067842, 13.8709137, 8.51865237, 6.82064394, 2.41044319, 2.26137301, 1.5829158,
                    1.36260049, 1.23795068, 1.16425713, 0.73884487, 0.617363147, 0.547349094, 0.234545193, 0.0641594209
                }),
                Arguments.of("wide", 8, 60, 2, 0.694111172, 9.56375587, new double[] {
                    22.0992752, 10.6375433, 7.33211305, 6.96042281, 6.6334405, 5.99760378, 5.43674782, 4.77436761
                }),
                Arguments.of("tall", 40, 14, 4, 0.27400759, 5.80266579, new double[] {
                    35.5084246,
                    24.0280207,
                    19.4052059,
                    15.3860552,
                    4.53720568,
                    4.10283603,
                    3.84403186,
                    3.22086508,
                    2.80943346,
                    2.57370012,
                    2.44884859,
                    2.16191154,
                    1.99457206,
                    1.45200156
                }),
                Arguments.of("noise alone", 14, 28, 0, 1.13698933, 10.6433227, new double[] {
                    9.02891027,
                    7.85578349,
                    7.38164628,
                    6.88021272,
                    6.52691682,
                    5.96546464,
                    5.35769328,
                    5.25815902,
                    4.51938479,
                    3.97061143,
                    3.30187792,
                    2.84781891,
                    2.58579414,
                    2.05166085
                }),
                Arguments.of("a weak third component", 12, 36, 2, 1.17636735, 11.2976463, new double[] {
                    42.6900789,
                    21.0689225,
                    9.21053985,
                    8.33279245,
                    7.41367162,
                    6.92023459,
                    5.82386953,
                    5.47253538,
                    5.07790301,
                    4.84035429,
                    3.64054329,
                    3.14900009
                }));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("matrices")
    void rankNoiseAndThresholdAreThoseOfTheReference(
            String name, int rows, int columns, int rank, double noise, double threshold, double[] singular) {
        // when
        Evbmf found = Evbmf.of(singular, rows, columns);

        // then
        assertThat(found.rank()).isEqualTo(rank);
        assertThat(found.noise()).isCloseTo(noise, within(1e-4 * noise));
        assertThat(found.threshold()).isCloseTo(threshold, within(1e-4 * threshold));
    }
}
