package io.millrace.tensor;

import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.StringViewOptional;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Dense linear algebra on row-major arrays, done by LAPACK through libtorch. */
public final class LinearAlgebra {
    private LinearAlgebra() {}

    /**
     * The thin singular value decomposition.
     *
     * @param a [rows x cols], row-major
     * @throws IllegalArgumentException if the array is not of that size or holds a number that is not finite
     */
    public static Svd svd(float[] a, int rows, int cols) {
        requireSize(a, rows, cols);
        for (float value : a) {
            if (!Float.isFinite(value)) {
                throw new IllegalArgumentException("the matrix holds " + value + "; only finite numbers decompose");
            }
        }
        try (NativeScope scope = NativeScope.open()) {
            Tensor matrix = torch.tensor(a).reshape(rows, cols);
            T_TensorTensorTensor_T parts = torch.linalg_svd(matrix, false, new StringViewOptional());
            return new Svd(Libtorch.floats(parts.get0()), Libtorch.floats(parts.get1()), Libtorch.floats(parts.get2()));
        }
    }

    /**
     * Solves A X = B for a symmetric positive semi-definite A; where A has a kernel, the shortest of the solutions.
     *
     * @param a [n x n], row-major; only the lower triangle is read
     * @param b [n x columns], row-major
     * @return X, [n x columns]
     */
    public static float[] solveSymmetric(float[] a, float[] b, int n, int columns) {
        requireSize(a, n, n);
        requireSize(b, n, columns);
        try (NativeScope scope = NativeScope.open()) {
            Tensor matrix = Libtorch.doubles(a, n, n);
            Tensor right = Libtorch.doubles(b, n, columns);
            double size = matrix.diag().max().item_double();
            if (size <= 0) {
                return new float[b.length];
            }
            Tensor scaled = matrix.div(new Scalar(size));
            Tensor solution = NormalEquations.solveSymmetric(scaled, right, 0).x();
            return Libtorch.floats(solution.div(new Scalar(size)));
        }
    }

    private static void requireSize(float[] values, int rows, int cols) {
        if (rows < 1 || cols < 1 || values.length != (long) rows * cols) {
            throw new IllegalArgumentException(
                    "a matrix of %d x %d, but %d values".formatted(rows, cols, values.length));
        }
    }
}
