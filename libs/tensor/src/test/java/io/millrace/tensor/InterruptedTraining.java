package io.millrace.tensor;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.tensor.OptimizerSettings.Sgd;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * Interrupts training steps, decompositions and fits at random moments. A program of its own, as what it looks for is a
 * crash of the process. Argument: how often each.
 */
final class InterruptedTraining {
    private static final int SIZE = 40;
    private static final float[] MATRIX =
            TrainableNetworks.random(1, 1, SIZE, SIZE).floats();

    private InterruptedTraining() {}

    public static void main(String[] arguments) throws InterruptedException {
        int times = Integer.parseInt(arguments[0]);
        Map<String, Runnable> calls = new LinkedHashMap<>();
        calls.put("training step", InterruptedTraining::train);
        calls.put("singular value decomposition", () -> LinearAlgebra.svd(MATRIX, SIZE, SIZE));
        calls.put("least squares", InterruptedTraining::fit);
        Random random = new Random(1);
        for (Map.Entry<String, Runnable> call : calls.entrySet()) {
            call.getValue().run();
            long start = System.nanoTime();
            call.getValue().run();
            double usual = (System.nanoTime() - start) / 1e6;
            for (int i = 0; i < times; i++) {
                Throwable[] thrown = new Throwable[1];
                Thread thread = new Thread(call.getValue());
                thread.setUncaughtExceptionHandler((t, e) -> thrown[0] = e);
                thread.start();
                Thread.sleep((long) (random.nextDouble() * 1.1 * usual));
                thread.interrupt();
                thread.join(60_000);
                if (thread.isAlive() || thrown[0] != null) {
                    throw new IllegalStateException(call.getKey() + " did not end well", thrown[0]);
                }
            }
        }
        System.out.println("survived");
    }

    private static void train() {
        OnnxModel model = TrainableNetworks.linear(MATRIX, SIZE, SIZE);
        Tensor x = TrainableNetworks.random(2, 1, SIZE, SIZE);
        long[] labels = new long[SIZE];
        try (DifferentiableModel differentiable = DifferentiableModel.of(model, TrainingOptions.withThreads(1));
                Trainer trainer = new Trainer(differentiable, new Sgd(0.9, true, 0), Loss.crossEntropy(0), 1)) {
            for (int step = 0; step < 2; step++) {
                trainer.step(Map.of("x", x), labels, null, 0.01);
            }
            differentiable.toModel();
        }
    }

    private static void fit() {
        try (NormalEquations equations = new NormalEquations(SIZE, SIZE)) {
            equations.add(MATRIX, MATRIX, SIZE);
            equations.solve(1e-3);
        }
    }
}
