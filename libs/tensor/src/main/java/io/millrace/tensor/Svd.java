package io.millrace.tensor;

/**
 * A thin singular value decomposition, {@code A = U diag(s) Vt}, all row-major.
 *
 * @param u left singular vectors, [rows x k]
 * @param s singular values, [k], descending
 * @param vt right singular vectors, [k x cols]
 */
public record Svd(float[] u, float[] s, float[] vt) {

    /** Number of singular values: the smaller of rows and columns. */
    public int size() {
        return s.length;
    }
}
