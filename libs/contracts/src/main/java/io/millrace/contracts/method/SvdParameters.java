package io.millrace.contracts.method;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import jakarta.validation.constraints.Pattern;
import java.math.BigDecimal;
import java.util.List;

/** What a decomposition is asked for. */
public record SvdParameters(
        @JsonProperty(defaultValue = "spatial-svd") Method method,

        @JsonPropertyDescription(
                "wanted MACs of the whole model / its MACs now, one model for each; 0.5 if nothing else"
                        + " is wanted either")
        List<@DecimalMin(value = "0", inclusive = false) @DecimalMax(value = "1", inclusive = false) BigDecimal>
                macRatios,

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

        @JsonPropertyDescription("how ranks are chosen: greedy (one threshold of loss for all layers, as AIMET does),"
                + " lagrange (least sum of losses), or uniform (one ratio for all layers, unmeasured)")
        @JsonProperty(defaultValue = "greedy")
        Ranks ranks,

        @JsonPropertyDescription(Align.DESCRIPTION)
        @JsonProperty(defaultValue = Align.RUNTIME)
        @Pattern(regexp = Align.PATTERN, message = Align.MESSAGE)
        String align,

        @JsonPropertyDescription("ranks tried for each layer, at most")
        @JsonProperty(defaultValue = "10")
        @Min(1)
        @Max(1000)
        Integer candidates,

        @JsonPropertyDescription(
                "whether factors are made to keep a layer's outputs on calibration data, where there is"
                        + " some, and not its weights alone")
        @JsonProperty(defaultValue = "true")
        Boolean dataAware,

        @Unit("samples")
        @JsonPropertyDescription("calibration samples by which ranks and models are scored")
        @JsonProperty(defaultValue = "256")
        @Min(1)
        Integer samples) {}
