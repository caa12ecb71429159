package io.millrace.contracts.method;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import jakarta.validation.constraints.DecimalMax;
import jakarta.validation.constraints.DecimalMin;
import jakarta.validation.constraints.Max;
import jakarta.validation.constraints.Min;
import java.util.List;

/** What a quantization is asked for. */
public record QuantizeParameters(
        @JsonPropertyDescription("qdq: QuantizeLinear and DequantizeLinear around float operators")
        @JsonProperty(defaultValue = "qdq")
        Format format,

        @Unit("bits")
        @JsonPropertyDescription("of weights and activations")
        @JsonProperty(defaultValue = "8")
        @Min(8)
        @Max(8)
        Integer bits,

        @JsonPropertyDescription("how the range of an activation is chosen from the values that it took")
        @JsonProperty(defaultValue = "sqnr")
        Calibration calibration,

        @Unit("%")
        @OnlyWith(parameter = "calibration", value = "percentile")
        @JsonPropertyDescription("how much stays inside, whatever that costs; by default 99.99, where that errs"
                + " less than the full range")
        @DecimalMin(value = "50", inclusive = false)
        @DecimalMax("100")
        Double percentile,

        @JsonPropertyDescription("what is done to the float model before") @JsonProperty(defaultValue = "[fold-bn]")
        List<Preparation> prepare,

        @Unit("samples") @JsonPropertyDescription("calibration samples") @JsonProperty(defaultValue = "512") @Min(1)
        Integer samples,

        @JsonPropertyDescription("7-bit weights, for processors without VNNI; by default as this processor needs it")
        Boolean reduceRange,

        @Unit("threads")
        @JsonPropertyDescription("threads of ONNX Runtime")
        @JsonProperty(defaultValue = "2")
        @Min(1)
        @Max(256)
        Integer threads) {

    /** How quantized operators are written. */
    public enum Format implements NamedChoice {
        /** QuantizeLinear and DequantizeLinear around float operators. */
        QDQ
    }

    /** How ranges are chosen. */
    public enum Calibration implements NamedChoice {
        MIN_MAX,
        MOVING_AVERAGE,
        PERCENTILE,
        ENTROPY,
        SQNR
    }

    /** What is done to the float model before. */
    public enum Preparation implements NamedChoice {
        FOLD_BN,
        CLE,
        BIAS_CORRECTION
    }
}
