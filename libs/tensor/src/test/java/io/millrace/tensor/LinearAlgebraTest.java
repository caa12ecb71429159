package io.millrace.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinearAlgebraTest {

    @BeforeAll
    static void twoThreads() {
        Libtorch.setThreads(2);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "5,3", "3,5", "48,64", "1,7", "90,20"})
    void svdGivesTheMatrixBackFromOrthonormalFactors(int rows, int cols) {
        float[] a = random(rows * cols, 1);

        Svd svd = LinearAlgebra.svd(a, rows, cols);

        int k = Math.min(rows, cols);
        assertThat(svd.size()).isEqualTo(k);
        float[] scaled = svd.u().clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= svd.s()[i % k];
        }
        assertClose(multiply(scaled, svd.vt(), rows, k, cols), a, 1e-4);
        assertClose(multiply(transpose(svd.u(), rows, k), svd.u(), k, rows, k), identity(k), 1e-4);
        assertClose(multiply(svd.vt(), transpose(svd.vt(), k, cols), k, cols, k), identity(k), 1e-4);
        for (int i = 1; i < k; i++) {
            assertThat(svd.s()[i]).isLessThanOrEqualTo(svd.s()[i - 1]).isNotNegative();
        }
    }

    @Test
    void svdOfARankOneMatrixHasOneSingularValue() {
        float[] a = multiply(random(6, 2), random(4, 3), 6, 1, 4);

        Svd svd = LinearAlgebra.svd(a, 6, 4);

        assertThat(svd.s()[0]).isGreaterThan(0.1f);
        assertThat(svd.s()[1]).isCloseTo(0, within(1e-5f));
    }

    @Test
    void svdRefusesNumbersThatAreNotFinite() {
        assertThatThrownBy(() -> LinearAlgebra.svd(new float[] {1, Float.NaN}, 1, 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NaN");
    }

    @Test
    void leastSquaresFindsTheCoefficientsThatMadeTheData() {
        float[] truth = random(7 * 3, 4);
        float[] x = random(200 * 7, 5);

        LeastSquares found = leastSquares(x, multiply(x, truth, 200, 7, 3), 200, 7, 3, 0);

        assertClose(found.coefficients(), truth, 1e-4);
        assertThat(found.rank()).isEqualTo(found.unknowns());
        assertThat(found.relativeError()).isLessThan(1e-9);
    }

    @Test
    void leastSquaresErrorIsThatOfTheResidual() {
        float[] x = random(50 * 4, 6);
        float[] y = random(50 * 2, 7);

        LeastSquares found = leastSquares(x, y, 50, 4, 2, 0);

        float[] fitted = multiply(x, found.coefficients(), 50, 4, 2);
        double error = 0;
        double size = 0;
        for (int i = 0; i < y.length; i++) {
            error += Math.pow(fitted[i] - y[i], 2);
            size += y[i] * y[i];
        }
        assertThat(found.relativeError()).isCloseTo(error / size, within(1e-5));
    }

    @Test
    void leastSquaresReportsTheRankAndStaysFiniteWhereColumnsRepeatOrVanish() {
        float[] x = random(100 * 5, 8);
        for (int row = 0; row < 100; row++) {
            x[row * 5 + 3] = 2 * x[row * 5];
            x[row * 5 + 4] = 0;
        }
        float[] y = multiply(x, random(5, 9), 100, 5, 1);

        LeastSquares found = leastSquares(x, y, 100, 5, 1, 0);

        assertThat(found.rank()).isEqualTo(3);
        assertThat(found.coefficients()[4]).isZero();
        assertClose(multiply(x, found.coefficients(), 100, 5, 1), y, 1e-4);
    }

    @Test
    void moreUnknownsThanSamplesAreSolvedByTheShortest() {
        float[] x = random(3 * 8, 10);
        float[] y = random(3, 11);

        LeastSquares found = leastSquares(x, y, 3, 8, 1, 0);

        assertThat(found.rank()).isEqualTo(3);
        assertClose(multiply(x, found.coefficients(), 3, 8, 1), y, 1e-4);
    }

    @Test
    void ridgeShrinksAsItsFormulaSays() {
        float[] x = {1, 2, 3};
        float[] y = {2, 4, 6};

        LeastSquares found = leastSquares(x, y, 3, 1, 1, 0.5);

        assertThat(found.coefficients()[0]).isCloseTo(2 / 1.5f, within(1e-6f));
    }

    @Test
    void piecesGiveTheSameAsTheWhole() {
        float[] x = random(60 * 4, 12);
        float[] y = random(60 * 2, 13);
        LeastSquares whole = leastSquares(x, y, 60, 4, 2, 1e-3);

        try (NormalEquations pieces = new NormalEquations(4, 2)) {
            for (int row = 0; row < 60; row += 20) {
                pieces.add(slice(x, row * 4, 80), slice(y, row * 2, 40), 20);
            }

            assertThat(pieces.samples()).isEqualTo(60);
            assertClose(pieces.solve(1e-3).coefficients(), whole.coefficients(), 1e-6);
        }
    }

    @Test
    void errorsOfAnySolutionAreThoseOfItsOutputs() {
        float[] x = random(50 * 4, 16);
        float[] y = random(50 * 3, 17);
        float[] w = random(4 * 3, 18);

        try (NormalEquations equations = new NormalEquations(4, 3)) {
            equations.add(x, y, 50);
            float[] made = multiply(x, w, 50, 4, 3);
            double[] expected = new double[3];
            double[] energies = new double[3];
            for (int i = 0; i < y.length; i++) {
                expected[i % 3] += (made[i] - y[i]) * (made[i] - y[i]);
                energies[i % 3] += y[i] * y[i];
            }

            assertThat(equations.errors(w)).containsExactly(expected, within(1e-4));
            assertThat(equations.energies()).containsExactly(energies, within(1e-4));
            assertThat(equations.errors(new float[12])).containsExactly(energies, within(1e-4));
        }
    }

    @Test
    void ridgeHoldsAColumnThatIsZeroOnAllButOneSample() {
        // given a column that fires once, faintly, where the others leave an error of 1
        float[] x = new float[1000 * 2];
        float[] y = new float[1000];
        for (int row = 0; row < 1000; row++) {
            x[row * 2] = 1;
            y[row] = 2;
        }
        x[500 * 2 + 1] = 0.01f;
        y[500] = 3;

        // when, then a ridge by its own energy would leave it at nearly 100
        assertThat(leastSquares(x, y, 1000, 2, 1, 0).coefficients()[1]).isGreaterThan(95);
        assertThat(leastSquares(x, y, 1000, 2, 1, 1e-3).coefficients()[1]).isLessThan(0.1f);
    }

    @Test
    void symmetricSolveInverts() {
        float[] root = random(6 * 6, 14);
        float[] a = multiply(root, transpose(root, 6, 6), 6, 6, 6);
        float[] truth = random(6 * 2, 15);

        float[] found = LinearAlgebra.solveSymmetric(a, multiply(a, truth, 6, 6, 2), 6, 2);

        assertClose(found, truth, 1e-3);
    }

    private static float[] slice(float[] values, int from, int count) {
        return java.util.Arrays.copyOfRange(values, from, from + count);
    }

    private static float[] random(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static float[] multiply(float[] a, float[] b, int n, int k, int m) {
        float[] product = new float[n * m];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < m; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += (double) a[i * k + l] * b[l * m + j];
                }
                product[i * m + j] = (float) sum;
            }
        }
        return product;
    }

    private static float[] transpose(float[] a, int rows, int cols) {
        float[] transposed = new float[a.length];
        for (int i = 0; i < a.length; i++) {
            transposed[i % cols * rows + i / cols] = a[i];
        }
        return transposed;
    }

    private static float[] identity(int n) {
        float[] identity = new float[n * n];
        for (int i = 0; i < n; i++) {
            identity[i * n + i] = 1;
        }
        return identity;
    }

    private static void assertClose(float[] actual, float[] expected, double tolerance) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat((double) actual[i]).as("value %d", i).isCloseTo(expected[i], within(tolerance));
        }
    }

    private static LeastSquares leastSquares(float[] x, float[] y, int rows, int unknowns, int outputs, double ridge) {
        try (NormalEquations equations = new NormalEquations(unknowns, outputs)) {
            equations.add(x, y, rows);
            return equations.solve(ridge);
        }
    }
}
