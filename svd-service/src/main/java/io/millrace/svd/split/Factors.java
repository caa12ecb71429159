package io.millrace.svd.split;

import io.millrace.tensor.LinearAlgebra;
import io.millrace.tensor.Svd;

/**
 * A matrix as the product of a left factor U sqrt(s) (rows x rank) and a right factor sqrt(s) V' (rank x columns). The
 * singular values go to both sides in equal parts, which keeps the two layers' weights of one size.
 */
final class Factors {
    private final Svd svd;
    private final int rows;
    private final int columns;
    private final int full;

    private Factors(Svd svd, int rows, int columns) {
        this.svd = svd;
        this.rows = rows;
        this.columns = columns;
        this.full = Math.min(rows, columns);
    }

    /** Decomposes a row-major matrix. */
    static Factors of(float[] matrix, int rows, int columns) {
        return new Factors(LinearAlgebra.svd(matrix, rows, columns), rows, columns);
    }

    /** Element {@code (row, k)} of the left factor. */
    float left(int row, int k) {
        return (float) (svd.u()[row * full + k] * Math.sqrt(svd.s()[k]));
    }

    /** Element {@code (k, column)} of the right factor. */
    float right(int k, int column) {
        return (float) (svd.vt()[k * columns + column] * Math.sqrt(svd.s()[k]));
    }

    /** The left factor of this rank, row-major {@code [rows x rank]}. */
    float[] left(int rank) {
        float[] values = new float[rows * rank];
        for (int row = 0; row < rows; row++) {
            for (int k = 0; k < rank; k++) {
                values[row * rank + k] = left(row, k);
            }
        }
        return values;
    }

    /** The right factor of this rank, row-major {@code [rank x columns]}. */
    float[] right(int rank) {
        float[] values = new float[rank * columns];
        for (int k = 0; k < rank; k++) {
            for (int column = 0; column < columns; column++) {
                values[k * columns + column] = right(k, column);
            }
        }
        return values;
    }

    /** The largest magnitude among some values. */
    static double largest(float[] values) {
        double largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }
}
