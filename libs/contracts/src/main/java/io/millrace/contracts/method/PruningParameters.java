package io.millrace.contracts.method;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import java.math.BigDecimal;

/** What pruning of channels is asked for. */
public record PruningParameters(
        @JsonProperty(defaultValue = "channel-pruning") Method method,

        @JsonPropertyDescription("wanted MACs of the whole model / its MACs now; from 1 on nothing is pruned; 0.7 if"
                + " nothing else is wanted either")
        @DecimalMin(value = "0", inclusive = false)
        BigDecimal macRatio,

        @JsonPropertyDescription("wanted parameters of the whole model / its parameters now")
        @DecimalMin(value = "0", inclusive = false)
        @DecimalMax(value = "1", inclusive = false)
        BigDecimal parameterRatio,

        @JsonPropertyDescription("wanted bytes of the whole model / its bytes now")
        @DecimalMin(value = "0", inclusive = false)
        @DecimalMax(value = "1", inclusive = false)
        BigDecimal sizeRatio,

        @JsonPropertyDescription("time of the whole model now / wanted time, as measured on the worker's machine")
        @DecimalMin(value = "1", inclusive = false)
        BigDecimal speedUp,

        @JsonPropertyDescription("which channels go first") @JsonProperty(defaultValue = "l2")
        PruningCriterion criterion,

        @JsonPropertyDescription("whether the layers that read pruned channels are fitted to the original's outputs")
        @JsonProperty(defaultValue = "true")
        Boolean reconstruct,

        @JsonPropertyDescription(Align.DESCRIPTION)
        @JsonProperty(defaultValue = Align.RUNTIME)
        @Pattern(regexp = Align.PATTERN, message = Align.MESSAGE)
        String align,

        @JsonPropertyDescription("how the loss is spread over the groups of channels: lagrange (least sum of losses)"
                + " or greedy (one threshold for all, as AIMET does)")
        @JsonProperty(defaultValue = "lagrange")
        Allocation allocation,

        @JsonPropertyDescription("counts tried for each group of channels, at most")
        @JsonProperty(defaultValue = "10")
        @Min(1)
        @Max(1000)
        Integer candidates,

        @Unit("samples")
        @JsonPropertyDescription("calibration samples by which counts are scored")
        @JsonProperty(defaultValue = "256")
        @Min(1)
        Integer samples,

        @Unit("samples")
        @OnlyWith(parameter = "reconstruct", value = "true")
        @JsonPropertyDescription("calibration samples that the layers are fitted to")
        @JsonProperty(defaultValue = "512")
        @Min(1)
        Integer reconstructionSamples) {

    /** How a loss is spread over groups. */
    public enum Allocation implements NamedChoice {
        /** Least sum of losses. */
        LAGRANGE,
        /** One threshold for all. */
        GREEDY
    }
}
