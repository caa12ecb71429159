package io.millrace.finetune;

import static io.millrace.worker.TaskParameters.require;

import io.millrace.tensor.Loss;
import io.millrace.tensor.OptimizerSettings;
import java.util.List;

/**
 * What a {@code finetune} task is asked for.
 *
 * @param epochs passes over the training data
 * @param optimizer {@code sgd} or {@code adamw}
 * @param learningRate the highest; by default 0.01 for sgd, 0.0005 for adamw
 * @param momentum of sgd
 * @param nesterov whether sgd looks ahead
 * @param weightDecay of weights with two and more axes; by default 1e-4 for sgd, 0.01 for adamw
 * @param batch samples of one step; a model that takes one batch size only decides itself
 * @param schedule {@code cosine}: down to zero along half a cosine; {@code step}: times {@code step-factor} after every
 *     {@code step-epochs}; {@code constant}
 * @param warmUp share of all steps in which the rate rises from zero
 * @param distill learn from the original model's outputs; {@code null}: only if the data has no labels
 * @param labelSmoothing share of each label spread over all classes
 * @param augment changes to the images, none by default
 * @param limit train on so many samples at most; 0 for all
 */
public record FinetuneParameters(
        Integer epochs,
        String optimizer,
        Double learningRate,
        Double momentum,
        Boolean nesterov,
        Double weightDecay,
        Integer batch,
        String schedule,
        Double warmUp,
        Integer stepEpochs,
        Double stepFactor,
        Distillation distill,
        Double labelSmoothing,
        Augmentation augment,
        Long limit) {

    /**
     * @param temperature softens both outputs before they are compared
     * @param weight share of the teacher in the loss; the labels have the rest
     */
    public record Distillation(Double temperature, Double weight) {
        public Distillation {
            temperature = temperature == null ? 4 : temperature;
            weight = weight == null ? 0.7 : weight;
            require(temperature > 0, "distill.temperature must be above 0, not " + temperature);
            require(weight >= 0 && weight <= 1, "distill.weight must lie in 0 to 1, not " + weight);
        }
    }

    /**
     * @param flip mirror half of the images
     * @param shift move images by up to so many pixels each way
     */
    public record Augmentation(Boolean flip, Integer shift) {
        public Augmentation {
            flip = flip != null && flip;
            shift = shift == null ? 0 : shift;
            require(shift >= 0, "augment.shift must not be negative, but is " + shift);
        }

        boolean any() {
            return flip || shift > 0;
        }
    }

    public FinetuneParameters {
        epochs = epochs == null ? 3 : epochs;
        optimizer = optimizer == null ? "sgd" : optimizer;
        require(List.of("sgd", "adamw").contains(optimizer), "optimizer must be sgd or adamw, not " + optimizer);
        boolean sgd = optimizer.equals("sgd");
        learningRate = learningRate == null ? (sgd ? 0.01 : 0.0005) : learningRate;
        momentum = momentum == null ? 0.9 : momentum;
        nesterov = nesterov == null || nesterov;
        weightDecay = weightDecay == null ? (sgd ? 1e-4 : 0.01) : weightDecay;
        batch = batch == null ? 64 : batch;
        schedule = schedule == null ? "cosine" : schedule;
        warmUp = warmUp == null ? 0 : warmUp;
        stepEpochs = stepEpochs == null ? Math.max(1, epochs / 3) : stepEpochs;
        stepFactor = stepFactor == null ? 0.1 : stepFactor;
        labelSmoothing = labelSmoothing == null ? 0 : labelSmoothing;
        augment = augment == null ? new Augmentation(false, 0) : augment;
        limit = limit == null ? 0 : limit;
        require(epochs >= 1, "epochs must be at least 1, not " + epochs);
        require(learningRate > 0 && learningRate < 10, "learning-rate must lie between 0 and 10, not " + learningRate);
        require(momentum >= 0 && momentum < 1, "momentum must be at least 0 and below 1, not " + momentum);
        require(weightDecay >= 0, "weight-decay must not be negative, but is " + weightDecay);
        require(batch >= 1, "batch must be at least 1, not " + batch);
        require(
                List.of("cosine", "step", "constant").contains(schedule),
                "schedule must be cosine, step or constant, not " + schedule);
        require(warmUp >= 0 && warmUp < 1, "warm-up is a share of all steps, at least 0 and below 1, not " + warmUp);
        require(stepEpochs >= 1, "step-epochs must be at least 1, not " + stepEpochs);
        require(stepFactor > 0 && stepFactor <= 1, "step-factor must lie in 0 to 1, not " + stepFactor);
        require(
                labelSmoothing >= 0 && labelSmoothing < 1,
                "label-smoothing must be at least 0 and below 1, not " + labelSmoothing);
        require(limit >= 0, "limit must not be negative, but is " + limit);
    }

    OptimizerSettings optimizerSettings() {
        return optimizer.equals("sgd")
                ? new OptimizerSettings.Sgd(momentum, nesterov && momentum > 0, weightDecay)
                : OptimizerSettings.AdamW.of(weightDecay);
    }

    /** @param labelled whether the data has labels; without them the teacher alone counts */
    Loss loss(boolean labelled) {
        if (!labelled) {
            return new Loss(0, distill == null ? 4 : distill.temperature(), 1);
        }
        return distill == null
                ? Loss.crossEntropy(labelSmoothing)
                : new Loss(labelSmoothing, distill.temperature(), distill.weight());
    }
}
