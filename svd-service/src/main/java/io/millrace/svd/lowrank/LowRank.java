package io.millrace.svd.lowrank;

import io.millrace.tensor.LinearAlgebra;
import io.millrace.tensor.Matrix;
import io.millrace.tensor.Svd;
import java.util.Arrays;

/**
 * A matrix as the product of a left and a right factor whose first {@code r} columns and rows are the best product of
 * that rank: the nearest one where all rows matter alike (Eckart and Young 1936), and where they matter by a matrix C the
 * one that minimises tr((M - PQ)' C (M - PQ)), found from the eigenvectors of the smaller of the two Gram matrices.
 *
 * @param left {@code [rows x k]}; {@code right} {@code [k x columns]}; the k-th column and row are of equal length
 */
public record LowRank(Matrix left, Matrix right) {
    /** Keeps what is weighed invertible: directions that no sample has shown matter a little. */
    private static final double LEAST_WEIGHT = 1e-6;

    /** @param weight C, symmetric; {@code null} where all rows matter alike */
    public static LowRank of(Matrix m, Matrix weight) {
        if (weight == null) {
            return bySingularValues(m);
        }
        Matrix c = weight.plusOnDiagonal(Math.max(LEAST_WEIGHT * weight.meanOfDiagonal(), Double.MIN_NORMAL));
        return m.columns() <= m.rows() ? byColumns(m, c) : byRows(m, c);
    }

    private static LowRank bySingularValues(Matrix m) {
        Svd svd = LinearAlgebra.svd(m.floats(), m.rows(), m.columns());
        int k = svd.size();
        double[] roots = new double[k];
        Arrays.setAll(roots, i -> Math.sqrt(svd.s()[i]));
        Matrix left = Matrix.of(svd.u(), m.rows(), k).scaledColumns(roots);
        Matrix right = Matrix.of(svd.vt(), k, m.columns())
                .transposed()
                .scaledColumns(roots)
                .transposed();
        return new LowRank(left, right);
    }

    /** With V of M'CM the best product is (M V) V'. */
    private static LowRank byColumns(Matrix m, Matrix c) {
        Matrix gram = m.transposedTimes(c.times(m));
        Matrix v = gram.eigen().vectors();
        return balanced(m.times(v), v.transposed());
    }

    /** With S = C^1/2 and U of S M M' S the best product is (S^-1 U) (U' S M). */
    private static LowRank byRows(Matrix m, Matrix c) {
        Matrix.Eigen eigen = c.eigen();
        double[] roots = new double[c.rows()];
        double[] inverse = new double[c.rows()];
        for (int i = 0; i < roots.length; i++) {
            roots[i] = Math.sqrt(Math.max(eigen.values()[i], Double.MIN_NORMAL));
            inverse[i] = 1 / roots[i];
        }
        Matrix root = eigen.vectors().scaledColumns(roots).timesTransposed(eigen.vectors());
        Matrix back = eigen.vectors().scaledColumns(inverse).timesTransposed(eigen.vectors());
        Matrix whitened = root.times(m);
        Matrix u = whitened.timesTransposed(whitened).eigen().vectors();
        return balanced(back.times(u), u.transposedTimes(whitened));
    }

    /** Gives the column and the row of each rank the same length, so that neither layer's weights are out of proportion. */
    private static LowRank balanced(Matrix left, Matrix right) {
        int k = left.columns();
        double[] lengths = new double[k];
        double[] widths = new double[k];
        new LowRank(left, right).squares(lengths, widths);
        double[] factors = new double[k];
        double[] inverse = new double[k];
        for (int i = 0; i < k; i++) {
            double factor = Math.pow(widths[i] / lengths[i], 0.25);
            factors[i] = factor > 0 && Double.isFinite(factor) ? factor : 1;
            inverse[i] = 1 / factors[i];
        }
        return new LowRank(
                left.scaledColumns(factors),
                right.transposed().scaledColumns(inverse).transposed());
    }

    /** The left factor of a rank. */
    public Matrix left(int rank) {
        return left.firstColumns(rank);
    }

    /** The right factor of a rank. */
    public Matrix right(int rank) {
        double[] values = Arrays.copyOf(right.values(), rank * right.columns());
        return new Matrix(values, rank, right.columns());
    }

    /** Squared error of the product at every rank from 0 on, where all rows matter alike. */
    double[] tails() {
        int k = left.columns();
        double[] lengths = new double[k];
        double[] widths = new double[k];
        squares(lengths, widths);
        double[] tails = new double[k + 1];
        for (int i = k - 1; i >= 0; i--) {
            tails[i] = tails[i + 1] + lengths[i] * widths[i];
        }
        return tails;
    }

    private void squares(double[] lengths, double[] widths) {
        int k = left.columns();
        for (int i = 0; i < left.values().length; i++) {
            lengths[i % k] += left.values()[i] * left.values()[i];
        }
        for (int i = 0; i < right.values().length; i++) {
            widths[i / right.columns()] += right.values()[i] * right.values()[i];
        }
    }
}
