package io.millrace.tensor;

/**
 * How weights follow their gradients. The learning rate comes with each step. Weight decay touches weights of two and
 * more axes only: neither biases nor normalizations.
 */
public sealed interface OptimizerSettings {

    /** Stochastic gradient descent with momentum. */
    record Sgd(double momentum, boolean nesterov, double weightDecay) implements OptimizerSettings {}

    /** Adam with decoupled weight decay (Loshchilov and Hutter, 2019). */
    record AdamW(double beta1, double beta2, double epsilon, double weightDecay) implements OptimizerSettings {

        /** With the paper's betas. */
        public static AdamW of(double weightDecay) {
            return new AdamW(0.9, 0.999, 1e-8, weightDecay);
        }
    }
}
