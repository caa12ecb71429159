package io.millrace.tensor;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A dense matrix in double precision, row-major, never changed; products and decompositions are libtorch's. Sizes that do
 * not fit each other are refused by name.
 */
public record Matrix(double[] values, int rows, int columns) {

    public Matrix {
        if (rows < 0 || columns < 0 || values.length != (long) rows * columns) {
            throw new IllegalArgumentException(
                    "a matrix of %d x %d, but %d values".formatted(rows, columns, values.length));
        }
    }

    /**
     * Eigenvalues of a symmetric matrix, descending, and their vectors.
     *
     * @param vectors one in each column
     */
    public record Eigen(double[] values, Matrix vectors) {}

    public static Matrix of(float[] values, int rows, int columns) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return new Matrix(doubles, rows, columns);
    }

    public double at(int row, int column) {
        return values[row * columns + column];
    }

    /** A B. */
    public Matrix times(Matrix other) {
        requireSame(columns, other.rows, other);
        try (NativeScope scope = NativeScope.open()) {
            return of(torch.mm(tensor(), other.tensor()));
        }
    }

    /** A' B. */
    public Matrix transposedTimes(Matrix other) {
        requireSame(rows, other.rows, other);
        try (NativeScope scope = NativeScope.open()) {
            return of(torch.mm(tensor().t(), other.tensor()));
        }
    }

    /** A B'. */
    public Matrix timesTransposed(Matrix other) {
        requireSame(columns, other.columns, other);
        try (NativeScope scope = NativeScope.open()) {
            return of(torch.mm(tensor(), other.tensor().t()));
        }
    }

    public Matrix transposed() {
        double[] turned = new double[values.length];
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                turned[c * rows + r] = values[r * columns + c];
            }
        }
        return new Matrix(turned, columns, rows);
    }

    /** A + factor B. */
    public Matrix plus(double factor, Matrix other) {
        requireSame(rows, other.rows, other);
        requireSame(columns, other.columns, other);
        double[] sum = values.clone();
        for (int i = 0; i < sum.length; i++) {
            sum[i] += factor * other.values[i];
        }
        return new Matrix(sum, rows, columns);
    }

    /** A + amount I. */
    public Matrix plusOnDiagonal(double amount) {
        double[] sum = values.clone();
        for (int i = 0; i < Math.min(rows, columns); i++) {
            sum[i * columns + i] += amount;
        }
        return new Matrix(sum, rows, columns);
    }

    /** The first columns. */
    public Matrix firstColumns(int count) {
        double[] kept = new double[rows * count];
        for (int r = 0; r < rows; r++) {
            System.arraycopy(values, r * columns, kept, r * count, count);
        }
        return new Matrix(kept, rows, count);
    }

    /** Each column times a factor of its own. */
    public Matrix scaledColumns(double[] factors) {
        double[] scaled = values.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] *= factors[i % columns];
        }
        return new Matrix(scaled, rows, columns);
    }

    /** The sum of the products of elements in the same place. */
    public double dot(Matrix other) {
        requireSame(values.length, other.values.length, other);
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += values[i] * other.values[i];
        }
        return sum;
    }

    /** The mean of the diagonal of a square matrix. */
    public double meanOfDiagonal() {
        double sum = 0;
        for (int i = 0; i < rows; i++) {
            sum += values[i * columns + i];
        }
        return rows == 0 ? 0 : sum / rows;
    }

    /** Of a symmetric matrix, of which the lower triangle is read. */
    public Eigen eigen() {
        requireSame(rows, columns, this);
        try (NativeScope scope = NativeScope.open()) {
            T_TensorTensor_T parts = torch.linalg_eigh(tensor(), "L");
            return new Eigen(
                    Libtorch.toDoubles(parts.get0().flip(0)), of(parts.get1().flip(1)));
        }
    }

    /** The X of A X = B for a symmetric positive semi-definite A, see {@link NormalEquations}; shortest where A has a kernel. */
    public Matrix solve(Matrix right) {
        requireSame(rows, columns, this);
        requireSame(rows, right.rows, right);
        try (NativeScope scope = NativeScope.open()) {
            Tensor matrix = tensor();
            double size = matrix.diag().max().item_double();
            if (size <= 0) {
                return new Matrix(new double[right.values.length], right.rows, right.columns);
            }
            Tensor scaled = matrix.div(new Scalar(size));
            Tensor solution =
                    NormalEquations.solveSymmetric(scaled, right.tensor(), 0).x();
            return of(solution.div(new Scalar(size)));
        }
    }

    public float[] floats() {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    private Tensor tensor() {
        Tensor tensor = torch.empty(new long[] {rows, columns}, new TensorOptions(ScalarType.Double), null);
        Libtorch.bytesOf(tensor).asDoubleBuffer().put(values);
        return tensor;
    }

    private static Matrix of(Tensor tensor) {
        return new Matrix(Libtorch.toDoubles(tensor), (int) tensor.size(0), (int) tensor.size(1));
    }

    private void requireSame(int mine, int other, Matrix otherMatrix) {
        if (mine != other) {
            throw new IllegalArgumentException("matrices of %d x %d and %d x %d do not fit each other"
                    .formatted(rows, columns, otherMatrix.rows, otherMatrix.columns));
        }
    }
}
