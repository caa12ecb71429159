package io.millrace.tensor;

/**
 * The W that makes X W nearest to Y.
 *
 * @param coefficients W, [unknowns x outputs], row-major
 * @param rank how many of the unknowns the data determines; where fewer than all, W is the shortest of the solutions
 *     (in units of each column's own size)
 * @param relativeError squared error over the squared size of Y, 0 is perfect; 0 where Y is all zero
 */
public record LeastSquares(float[] coefficients, int unknowns, int outputs, int rank, double relativeError) {}
