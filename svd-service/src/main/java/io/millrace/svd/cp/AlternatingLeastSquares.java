package io.millrace.svd.cp;

import io.millrace.tensor.Matrix;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * CP of one tensor by alternating least squares: every factor in turn is the best one, given the others. The problem is
 * ill-posed (components may grow against each other without bound), so each step carries a small ridge towards the
 * factor as it is. Several starts by seed, of which the best is kept; the same seed gives the same factors.
 */
final class AlternatingLeastSquares {
    private static final int ROUNDS = 150;
    private static final double SETTLED = 1e-6;
    private static final double RIDGE = 1e-6;

    private final double[] tensor;
    private final int[] dims;
    private final double energy;

    /**
     * Factors of each axis, {@code [size x rank]}.
     *
     * @param error squared error relative to the tensor's square
     */
    record Components(List<Matrix> factors, double error) {}

    /** @param tensor row-major */
    AlternatingLeastSquares(double[] tensor, int... dims) {
        this.tensor = tensor;
        this.dims = dims;
        this.energy = Arrays.stream(tensor).map(v -> v * v).sum();
    }

    /** The best of several starts. */
    Components best(int rank, int starts, long seed) {
        Components best = null;
        for (int start = 0; start < starts; start++) {
            Components found = from(random(rank, new Random(seed + start)));
            best = best == null || found.error < best.error ? found : best;
        }
        return best;
    }

    private List<Matrix> random(int rank, Random random) {
        List<Matrix> factors = new ArrayList<>();
        for (int size : dims) {
            double[] values = new double[size * rank];
            Arrays.setAll(values, i -> random.nextGaussian());
            factors.add(new Matrix(values, size, rank));
        }
        return factors;
    }

    /** Goes on from these factors until the error no longer falls. */
    Components from(List<Matrix> start) {
        List<Matrix> factors = new ArrayList<>(start);
        double error = Double.POSITIVE_INFINITY;
        for (int round = 0; round < ROUNDS; round++) {
            double before = error;
            for (int axis = 0; axis < dims.length; axis++) {
                error = improve(factors, axis);
            }
            if (!(energy > 0) || before - error < SETTLED * before) {
                break;
            }
        }
        return new Components(factors, error);
    }

    /** Replaces the factor of one axis; gives the error then. */
    private double improve(List<Matrix> factors, int axis) {
        int rank = factors.get(0).columns();
        Matrix gram = null;
        for (int other = 0; other < dims.length; other++) {
            if (other != axis) {
                Matrix own = factors.get(other).transposedTimes(factors.get(other));
                gram = gram == null ? own : elementwise(gram, own);
            }
        }
        Matrix sums = unfolded(axis).times(khatriRao(factors, axis));
        Matrix old = factors.get(axis);
        double ridge = Math.max(RIDGE * gram.meanOfDiagonal(), Double.MIN_NORMAL);
        Matrix right = sums.plus(ridge, old);
        Matrix made = gram.plusOnDiagonal(ridge).solve(right.transposed()).transposed();
        factors.set(axis, made);
        double squared =
                energy - 2 * sums.dot(made) + made.transposedTimes(made).dot(gram);
        balance(factors, rank);
        return energy > 0 ? Math.max(0, squared) / energy : 0;
    }

    private static Matrix elementwise(Matrix a, Matrix b) {
        double[] product = a.values().clone();
        for (int i = 0; i < product.length; i++) {
            product[i] *= b.values()[i];
        }
        return new Matrix(product, a.rows(), a.columns());
    }

    /** {@code [size of the axis x all other elements]}, the others in their order. */
    private Matrix unfolded(int axis) {
        int inner = 1;
        for (int other = axis + 1; other < dims.length; other++) {
            inner *= dims[other];
        }
        int columns = tensor.length / dims[axis];
        double[] values = new double[tensor.length];
        for (int at = 0; at < tensor.length; at++) {
            int place = at / inner % dims[axis];
            int column = at / (inner * dims[axis]) * inner + at % inner;
            values[place * columns + column] = tensor[at];
        }
        return new Matrix(values, dims[axis], columns);
    }

    /** Products of the rows of all other factors, in the order of {@link #unfolded}. */
    private Matrix khatriRao(List<Matrix> factors, int axis) {
        int rank = factors.get(0).columns();
        Matrix product = null;
        for (int other = 0; other < dims.length; other++) {
            if (other != axis) {
                product = product == null ? factors.get(other) : rowProducts(product, factors.get(other), rank);
            }
        }
        return product;
    }

    private static Matrix rowProducts(Matrix a, Matrix b, int rank) {
        double[] values = new double[a.rows() * b.rows() * rank];
        int at = 0;
        for (int i = 0; i < a.rows(); i++) {
            for (int j = 0; j < b.rows(); j++) {
                for (int r = 0; r < rank; r++) {
                    values[at++] = a.at(i, r) * b.at(j, r);
                }
            }
        }
        return new Matrix(values, a.rows() * b.rows(), rank);
    }

    /** Gives the columns of each component the same length on all axes. */
    private static void balance(List<Matrix> factors, int rank) {
        double[][] lengths = new double[factors.size()][rank];
        for (int f = 0; f < lengths.length; f++) {
            double[] values = factors.get(f).values();
            for (int i = 0; i < values.length; i++) {
                lengths[f][i % rank] += values[i] * values[i];
            }
        }
        for (int f = 0; f < lengths.length; f++) {
            double[] scale = new double[rank];
            for (int r = 0; r < rank; r++) {
                double log = 0;
                for (double[] length : lengths) {
                    log += Math.log(length[r]) / (2 * lengths.length);
                }
                double wanted = Math.exp(log) / Math.sqrt(lengths[f][r]);
                scale[r] = wanted > 0 && Double.isFinite(wanted) ? wanted : 1;
            }
            factors.set(f, factors.get(f).scaledColumns(scale));
        }
    }
}
