package io.millrace.onnx.random;

/**
 * One block of a random network. A network is a list of steps, so a test that fails shrinks by leaving steps out and by
 * smaller numbers.
 *
 * @param block which block, modulo their number
 * @param on which of the values so far it reads: 0 is the last one
 * @param a the first choice within the block, modulo what there is to choose from
 * @param b the second choice
 * @param c the third choice
 */
public record Step(int block, int on, int a, int b, int c) {}
