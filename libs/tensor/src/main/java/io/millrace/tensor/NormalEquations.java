package io.millrace.tensor;

import java.util.Arrays;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Least squares over samples that never are in memory at once: sums X'X and X'Y in double precision, and solves when
 * all have been seen. Memory is [unknowns x (unknowns + outputs)] doubles whatever the number of samples, and while it
 * solves twice that more. Not for use by several threads at a time.
 */
public final class NormalEquations implements AutoCloseable {
    /** Directions whose share in the scaled X'X is below this are taken as not determined by the data. */
    private static final double RANK_TOLERANCE = 1e-10;

    private final int unknowns;
    private final int outputs;
    private final Tensor xtx;
    private final Tensor xty;
    private final double[] yty;
    private long samples;

    /**
     * @param unknowns columns of X
     * @param outputs columns of Y
     */
    public NormalEquations(int unknowns, int outputs) {
        this.unknowns = unknowns;
        this.outputs = outputs;
        NativeScope.ready();
        TensorOptions doubles = new TensorOptions(ScalarType.Double);
        this.xtx = torch.zeros(new long[] {unknowns, unknowns}, doubles);
        this.xty = torch.zeros(new long[] {unknowns, outputs}, doubles);
        this.yty = new double[outputs];
    }

    /**
     * Takes in samples.
     *
     * @param x [rows x unknowns], row-major
     * @param y [rows x outputs], row-major
     */
    public void add(float[] x, float[] y, int rows) {
        if (x.length != (long) rows * unknowns || y.length != (long) rows * outputs) {
            throw new IllegalArgumentException("%d rows of %d unknowns and %d outputs, but %d and %d values"
                    .formatted(rows, unknowns, outputs, x.length, y.length));
        }
        if (rows == 0) {
            return;
        }
        try (NativeScope scope = NativeScope.open()) {
            Tensor columns = Libtorch.doubles(x, rows, unknowns);
            Tensor targets = Libtorch.doubles(y, rows, outputs);
            Tensor transposed = columns.t();
            xtx.addmm_(transposed, columns);
            xty.addmm_(transposed, targets);
        }
        for (int i = 0; i < y.length; i++) {
            yty[i % outputs] += (double) y[i] * y[i];
        }
        samples += rows;
    }

    /** Samples seen so far. */
    public long samples() {
        return samples;
    }

    /** Squared size of Y by output: the error of W = 0. */
    public double[] energies() {
        return yty.clone();
    }

    /**
     * Squared error by output of some W on these samples, which need not be those it was fitted to.
     *
     * @param coefficients W, [unknowns x outputs], row-major
     */
    public double[] errors(float[] coefficients) {
        try (NativeScope scope = NativeScope.open()) {
            Tensor w = Libtorch.doubles(coefficients, unknowns, outputs);
            double[] errors = Libtorch.toDoubles(
                    w.mul(torch.mm(xtx, w).sub(xty.mul(new Scalar(2)))).sum(0));
            for (int o = 0; o < outputs; o++) {
                errors[o] = Math.max(0, errors[o] + yty[o]);
            }
            return errors;
        }
    }

    /**
     * Solves with what has been added so far. X'X is scaled to a unit diagonal first, so that the rank does not depend on
     * the units of the columns; solved by Cholesky, or by eigenvectors where that shows a rank deficit.
     *
     * @param ridge penalty on the square of each unknown, as a share of its column's own energy or of that of the average
     *     column, whichever is more: a column that is zero on all but a few samples is determined by those few alone, and
     *     would pay next to nothing for any coefficient by its own energy. 0 for none, 1e-4 is mild
     */
    public LeastSquares solve(double ridge) {
        if (samples == 0) {
            throw new IllegalStateException("no samples were added");
        }
        try (NativeScope scope = NativeScope.open()) {
            Tensor energies = xtx.diag();
            Tensor floor = ridge > 0 ? energies.mean() : energies.new_zeros(1);
            Tensor scale = torch.maximum(energies, floor).sqrt();
            scale = torch.where(scale.gt(new Scalar(0)), scale, torch.ones_like(scale));
            Tensor scaled = xtx.div(scale.unsqueeze(0)).div_(scale.unsqueeze(1));
            Tensor targets = xty.div(scale.unsqueeze(1));
            SymmetricSolution solution = solveSymmetric(scaled, targets, ridge);
            Tensor w = solution.x().div_(scale.unsqueeze(1));
            float[] coefficients = Libtorch.floats(w);
            double energy = Arrays.stream(yty).sum();
            double error = Arrays.stream(errors(coefficients)).sum();
            return new LeastSquares(coefficients, unknowns, outputs, solution.rank(), energy > 0 ? error / energy : 0);
        }
    }

    record SymmetricSolution(Tensor x, int rank) {}

    /**
     * Solves (A + ridge I) X = B for a positive semi-definite A of unit scale; the shortest X where A has a kernel. Adds
     * the ridge to the A it is given: another copy would be as large as all the sums.
     */
    static SymmetricSolution solveSymmetric(Tensor a, Tensor b, double ridge) {
        int n = (int) a.size(0);
        if (ridge > 0) {
            a.diagonal().add_(new Scalar(ridge));
        }
        T_TensorTensor_T factored = torch.linalg_cholesky_ex(a, false, false);
        Tensor factor = factored.get0();
        boolean definite =
                factored.get1().item_int() == 0 && factor.diag().min().item_double() > Math.sqrt(RANK_TOLERANCE);
        if (definite) {
            return new SymmetricSolution(torch.cholesky_solve(b, factor, false), n);
        }
        T_TensorTensor_T eigen = torch.linalg_eigh(a, "L");
        Tensor values = eigen.get0();
        Tensor vectors = eigen.get1();
        double largest = Math.max(values.max().item_double(), Double.MIN_NORMAL);
        Tensor kept = values.gt(new Scalar(largest * RANK_TOLERANCE));
        Tensor inverse = torch.where(kept, values.reciprocal(), torch.zeros_like(values));
        Tensor x = torch.mm(vectors, torch.mm(vectors.t(), b).mul(inverse.unsqueeze(1)));
        return new SymmetricSolution(x, (int) kept.sum().item_long());
    }

    /** Frees the sums. */
    @Override
    public void close() {
        xtx.close();
        xty.close();
    }
}
