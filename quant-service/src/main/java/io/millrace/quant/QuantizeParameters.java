package io.millrace.quant;

import static io.millrace.worker.TaskParameters.require;

import io.millrace.quant.calibration.RangeMethod;
import java.util.List;

/**
 * What a quantization is asked for.
 *
 * @param format {@code qdq}: QuantizeLinear and DequantizeLinear around float operators
 * @param bits of weights and activations: 8
 * @param calibration how ranges are chosen, see {@link RangeMethod}; default {@code sqnr}
 * @param percentile for calibration {@code percentile}: how much stays inside, whatever that costs; {@code null}: 99.99,
 *     where that errs less than the full range
 * @param prepare what is done to the float model before: {@code fold-bn}, {@code cle}, {@code bias-correction}; default
 *     {@code fold-bn}
 * @param samples of calibration data; default 512
 * @param reduceRange 7-bit weights, for processors without VNNI; by default as this processor needs it
 * @param threads of ONNX Runtime; default 2
 */
public record QuantizeParameters(
        String format,
        Integer bits,
        String calibration,
        Double percentile,
        List<String> prepare,
        Integer samples,
        Boolean reduceRange,
        Integer threads) {
    static final String FOLD_BN = "fold-bn";
    static final String CLE = "cle";
    static final String BIAS_CORRECTION = "bias-correction";
    private static final List<String> PREPARE = List.of(FOLD_BN, CLE, BIAS_CORRECTION);

    public QuantizeParameters {
        format = format == null ? "qdq" : format;
        bits = bits == null ? 8 : bits;
        calibration = calibration == null ? RangeMethod.SQNR.id() : calibration;
        prepare = prepare == null ? List.of(FOLD_BN) : List.copyOf(prepare);
        samples = samples == null ? 512 : samples;
        threads = threads == null ? 2 : threads;
        require(format.equals("qdq"), "format '" + format + "' is not offered; use qdq");
        require(bits == 8, "bits must be 8, not " + bits);
        require(
                percentile == null || percentile > 50 && percentile <= 100,
                "percentile must lie above 50 and be at most 100");
        require(
                percentile == null || calibration.equals(RangeMethod.PERCENTILE.id()),
                "percentile is a setting of calibration percentile, not of " + calibration);
        require(samples >= 1, "samples must be at least 1, not " + samples);
        require(threads >= 1 && threads <= 256, "threads must be 1 to 256, not " + threads);
        known("prepare", prepare, PREPARE);
        RangeMethod.of(calibration);
    }

    private static void known(String field, List<String> given, List<String> known) {
        for (String name : given) {
            require(known.contains(name), field + " '" + name + "' is not known; use " + known);
        }
    }

    RangeMethod rangeMethod() {
        return RangeMethod.of(calibration);
    }

    boolean prepares(String step) {
        return prepare.contains(step);
    }
}
