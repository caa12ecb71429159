package io.millrace.benchmarks;

import io.millrace.svd.lowrank.LowRank;
import io.millrace.tensor.Libtorch;
import io.millrace.tensor.LinearAlgebra;
import io.millrace.tensor.Matrix;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * How long it takes to decompose all convolutions of a ResNet-50 by spatial SVD, at all ranks: random weights in the
 * shapes of the network, each as the matrix {@code [(inputs height) x (outputs width)]}. In turn with libtorch's
 * {@code torch.linalg.svd} of the same matrices in single precision, on the same threads.
 *
 * <p>Arguments: threads, turns.
 */
public final class ResNetFactors {
    private ResNetFactors() {}

    /** Rows and columns of each matrix. */
    static List<int[]> shapes() {
        List<int[]> shapes = new ArrayList<>();
        shapes.add(new int[] {3 * 7, 64 * 7});
        int inputs = 64;
        int[] blocks = {3, 4, 6, 3};
        for (int stage = 0; stage < 4; stage++) {
            int width = 64 << stage;
            for (int block = 0; block < blocks[stage]; block++) {
                shapes.add(new int[] {inputs, width});
                shapes.add(new int[] {width * 3, width * 3});
                shapes.add(new int[] {width, width * 4});
                if (block == 0) {
                    shapes.add(new int[] {inputs, width * 4});
                }
                inputs = width * 4;
            }
        }
        return shapes;
    }

    public static void main(String[] arguments) {
        int threads = Integer.parseInt(arguments[0]);
        int turns = Integer.parseInt(arguments[1]);
        Libtorch.setThreads(threads);
        List<Matrix> matrices = new ArrayList<>();
        Random random = new Random(1);
        for (int[] shape : shapes()) {
            double[] values = random.doubles((long) shape[0] * shape[1], -1, 1).toArray();
            matrices.add(new Matrix(values, shape[0], shape[1]));
        }
        for (int turn = 0; turn < turns; turn++) {
            double own = seconds(matrices, matrix -> LowRank.of(matrix, null));
            double peer =
                    seconds(matrices, matrix -> LinearAlgebra.svd(matrix.floats(), matrix.rows(), matrix.columns()));
            System.out.printf(
                    "%d convolutions, %d threads: millrace %.2f s, torch.linalg.svd %.2f s%n",
                    matrices.size(), threads, own, peer);
        }
    }

    private static double seconds(List<Matrix> matrices, Consumer<Matrix> work) {
        long start = System.nanoTime();
        matrices.forEach(work);
        return (System.nanoTime() - start) / 1e9;
    }
}
