package io.millrace.finetune;

import io.millrace.contracts.method.FinetuneParameters;
import io.millrace.contracts.method.FinetuneParameters.Distillation;
import io.millrace.contracts.method.FinetuneParameters.Optimizer;
import io.millrace.tensor.Loss;
import io.millrace.tensor.OptimizerSettings;

/** What the trainer makes of a task's parameters. */
final class TrainingSettings {
    /** Where nobody asked for a teacher, and there is nothing else to learn from. */
    private static final double TEMPERATURE = 4;

    private TrainingSettings() {}

    static OptimizerSettings optimizer(FinetuneParameters parameters) {
        return parameters.optimizer() == Optimizer.SGD
                ? new OptimizerSettings.Sgd(
                        parameters.momentum(), Boolean.TRUE.equals(parameters.nesterov()), parameters.weightDecay())
                : OptimizerSettings.AdamW.of(parameters.weightDecay());
    }

    /** @param labelled whether the data has labels; without them the teacher alone counts */
    static Loss loss(FinetuneParameters parameters, boolean labelled) {
        Distillation distill = parameters.distill();
        double temperature = distill == null || distill.temperature() == null ? TEMPERATURE : distill.temperature();
        if (!labelled) {
            return new Loss(0, temperature, 1);
        }
        double smoothing = parameters.labelSmoothing() == null ? 0 : parameters.labelSmoothing();
        return distill == null ? Loss.crossEntropy(smoothing) : new Loss(smoothing, temperature, distill.weight());
    }
}
