package io.millrace.contracts.method;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.PositiveOrZero;

/** What stands among the parameters of a quantization and is for the round: no task gets it. */
public record QuantizeRound(
        @JsonPropertyDescription("largest drop of the metric below the parent's with which a quantized model is kept;"
                + " by default any")
        @PositiveOrZero
        @DecimalMax(value = "1", inclusive = false)
        Double maxDrop) {}
