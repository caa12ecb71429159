package io.millrace.contracts.method;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.PositiveOrZero;

/** What fine-tuning is asked for. */
public record FinetuneParameters(
        @Unit("epochs")
        @JsonPropertyDescription("passes over the training data")
        @JsonProperty(defaultValue = "3")
        @Min(1)
        Integer epochs,

        @JsonPropertyDescription("what takes the steps") @JsonProperty(defaultValue = "sgd")
        Optimizer optimizer,

        @JsonPropertyDescription("the highest rate; by default 0.01 with sgd, 0.0005 with adamw")
        @DecimalMin(value = "0", inclusive = false)
        @DecimalMax(value = "10", inclusive = false)
        Double learningRate,

        @OnlyWith(parameter = "optimizer", value = "sgd")
        @JsonPropertyDescription("share of the step before that is added to each")
        @JsonProperty(defaultValue = "0.9")
        @PositiveOrZero
        @DecimalMax(value = "1", inclusive = false)
        Double momentum,

        @OnlyWith(parameter = "optimizer", value = "sgd")
        @OnlyWith(parameter = "momentum", not = "0")
        @JsonPropertyDescription("whether the slope is taken where the momentum leads")
        @JsonProperty(defaultValue = "true")
        Boolean nesterov,

        @JsonPropertyDescription("of weights with two and more axes; by default 0.0001 with sgd, 0.01 with adamw")
        @PositiveOrZero
        Double weightDecay,

        @Unit("samples")
        @JsonPropertyDescription("samples of one step; a model that takes one batch size only decides itself")
        @JsonProperty(defaultValue = "64")
        @Min(1)
        Integer batch,

        @JsonPropertyDescription("of the learning rate: cosine (down to zero along half a cosine), step (times"
                + " step-factor after every step-epochs) or constant")
        @JsonProperty(defaultValue = "cosine")
        Schedule schedule,

        @JsonPropertyDescription("share of all steps in which the rate rises from zero")
        @JsonProperty(defaultValue = "0")
        @PositiveOrZero
        @DecimalMax(value = "1", inclusive = false)
        Double warmUp,

        @Unit("epochs")
        @OnlyWith(parameter = "schedule", value = "step")
        @JsonPropertyDescription("epochs between two steps of the rate; by default a third of all")
        @Min(1)
        Integer stepEpochs,

        @OnlyWith(parameter = "schedule", value = "step")
        @JsonPropertyDescription("factor of the rate at each step")
        @JsonProperty(defaultValue = "0.1")
        @DecimalMin(value = "0", inclusive = false)
        @DecimalMax("1")
        Double stepFactor,

        @JsonPropertyDescription(
                "learning from the original model's outputs; by default only where the data has no" + " labels")
        Distillation distill,

        @OnlyWith(parameter = "distill.weight", not = "1")
        @JsonPropertyDescription("share of each label that is spread over all classes")
        @JsonProperty(defaultValue = "0")
        @PositiveOrZero
        @DecimalMax(value = "1", inclusive = false)
        Double labelSmoothing,

        @JsonPropertyDescription("changes to the images; none by default")
        Augmentation augment,

        @Unit("samples")
        @JsonPropertyDescription("train on so many samples at most; 0: all")
        @JsonProperty(defaultValue = "0")
        @PositiveOrZero
        Long limit) {

    /** What takes the steps. */
    public enum Optimizer implements NamedChoice {
        SGD,
        ADAMW
    }

    /** How the learning rate goes on. */
    public enum Schedule implements NamedChoice {
        /** Down to zero along half a cosine. */
        COSINE,
        /** Times a factor after every few epochs. */
        STEP,
        CONSTANT
    }

    /** Learning from a teacher. */
    public record Distillation(
            @OnlyWith(parameter = "weight", not = "0")
            @JsonPropertyDescription("softens both outputs before they are compared")
            @JsonProperty(defaultValue = "4")
            @DecimalMin(value = "0", inclusive = false)
            Double temperature,

            @JsonPropertyDescription("share of the teacher in the loss; the labels have the rest")
            @JsonProperty(defaultValue = "0.7")
            @PositiveOrZero
            @DecimalMax("1")
            Double weight) {}

    /** Changes to images. */
    public record Augmentation(
            @JsonPropertyDescription("whether half of the images are mirrored") @JsonProperty(defaultValue = "false")
            Boolean flip,

            @Unit("pixels")
            @JsonPropertyDescription("images are moved by up to so many pixels each way")
            @JsonProperty(defaultValue = "0")
            @PositiveOrZero
            Integer shift) {

        /** Leaves images as they are. */
        public static final Augmentation NONE = new Augmentation(false, 0);

        /** Whether it changes anything. */
        public boolean any() {
            return flip || shift > 0;
        }
    }

    public FinetuneParameters {
        boolean sgd = optimizer == Optimizer.SGD;
        learningRate = learningRate == null ? Double.valueOf(sgd ? 0.01 : 0.0005) : learningRate;
        weightDecay = weightDecay == null ? Double.valueOf(sgd ? 1e-4 : 0.01) : weightDecay;
        if (stepEpochs == null && schedule == Schedule.STEP) {
            stepEpochs = Math.max(1, epochs / 3);
        }
        augment = augment == null ? Augmentation.NONE : augment;
    }
}
