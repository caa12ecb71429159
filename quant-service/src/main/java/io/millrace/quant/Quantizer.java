package io.millrace.quant;

import io.millrace.contracts.method.QuantizeParameters;
import io.millrace.data.Dataset;
import io.millrace.inference.FusedOperators;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.cost.WeightSizes;
import io.millrace.quant.calibration.Calibration;
import io.millrace.quant.calibration.ChosenRanges;
import io.millrace.quant.calibration.Histogram;
import io.millrace.quant.calibration.Range;
import io.millrace.quant.calibration.RangeMethod;
import io.millrace.quant.qdq.BiasCorrection;
import io.millrace.quant.qdq.Encoding;
import io.millrace.quant.qdq.IntegerSupport;
import io.millrace.quant.qdq.Planner;
import io.millrace.quant.qdq.QdqWriter;
import io.millrace.quant.qdq.QuantizationPlan;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Post-training quantization to 8-bit integers: prepare, plan, calibrate, encode, write, check. */
public final class Quantizer {
    private final QuantizeParameters parameters;
    private final long seed;
    private final QuantizationProgress progress;
    private final List<String> notes = new ArrayList<>();

    /** Hears how far the work is. */
    @FunctionalInterface
    public interface QuantizationProgress {
        void progress(String doing, long done, long total);
    }

    /**
     * A quantized model and what is to be said of it.
     *
     * @param ranges of the values that were encoded
     * @param check of the outputs, and of what the ranges cut off
     */
    public record Quantized(
            OnnxModel model,
            QuantizationPlan plan,
            Map<String, Range> ranges,
            FusedOperators fused,
            QuantizationCheck check,
            List<String> notes) {}

    public Quantizer(QuantizeParameters parameters, long seed, QuantizationProgress progress) {
        this.parameters = parameters;
        this.seed = seed;
        this.progress = progress;
    }

    /**
     * Quantizes a float model.
     *
     * @param data to calibrate with, bound to the model
     * @param validation to look at the result with, bound to the model; {@code null} if there is none
     * @throws NothingToQuantizeException if no layer can run in integers
     */
    public Quantized quantize(OnnxModel model, Dataset data, Dataset validation) {
        notes.addAll(WeightSizes.outOfProportion(model));
        Preparation preparation = new Preparation(parameters, data, seed, progress);
        OnnxModel prepared = preparation.prepare(model);
        notes.addAll(preparation.notes());
        QuantizationPlan plan = Planner.plan(prepared);
        if (plan.layers().isEmpty()) {
            throw new NothingToQuantizeException(plan.declined());
        }
        Calibration calibration = Calibration.run(
                prepared,
                plan.observed(),
                data,
                parameters.samples(),
                seed,
                parameters.threads(),
                (done, total) -> progress.progress("calibrating", done, total));
        Map<String, Range> ranges = ranges(plan, calibration);
        Map<String, Encoding> encodings = new LinkedHashMap<>();
        ranges.forEach((value, range) -> encodings.put(value, Encoding.of(range)));
        int limit = weightLimit();
        Map<Node, float[]> biases = biases(prepared, plan, encodings, limit, data);
        progress.progress("writing", 0, 1);
        OnnxModel quantized =
                QdqWriter.write(prepared, plan, encodings, limit, biases).model();
        progress.progress("checking", 0, 1);
        long calibrated = Math.min(parameters.samples(), data.size());
        QuantizationCheck check = QuantizationCheck.of(
                model, prepared, quantized, ranges, data, validation, calibrated, seed, parameters.threads());
        notes.addAll(check.notes());
        noteWhatStaysInFloat(plan);
        return new Quantized(quantized, plan, ranges, FusedOperators.count(quantized), check, List.copyOf(notes));
    }

    private Map<Node, float[]> biases(
            OnnxModel prepared, QuantizationPlan plan, Map<String, Encoding> encodings, int limit, Dataset data) {
        if (!parameters.prepare().contains(QuantizeParameters.Preparation.BIAS_CORRECTION)) {
            return Map.of();
        }
        BiasCorrection correction = new BiasCorrection(prepared, plan, data, seed, parameters.threads());
        List<String> without = correction.without();
        if (!without.isEmpty()) {
            notes.add("bias-correction: %d products have no bias to correct, first %s"
                    .formatted(without.size(), without.get(0)));
        }
        return correction.correct(
                biases -> QdqWriter.write(prepared, plan, encodings, limit, biases),
                (done, total) -> progress.progress("correcting biases", done, total));
    }

    private Map<String, Range> ranges(QuantizationPlan plan, Calibration calibration) {
        Map<String, Histogram> histograms = new LinkedHashMap<>();
        plan.observed().forEach(value -> histograms.put(value, calibration.histogram(value)));
        ChosenRanges chosen =
                ChosenRanges.of(histograms, RangeMethod.of(parameters.calibration()), parameters.percentile());
        notes.addAll(chosen.notes());
        Map<String, Range> shared = new LinkedHashMap<>();
        chosen.ranges()
                .forEach((value, range) ->
                        shared.merge(plan.encodedAs(value), range.within(plan.bounds(value)), Range::with));
        Map<String, Range> ranges = new LinkedHashMap<>();
        plan.observed().forEach(value -> ranges.put(value, shared.get(plan.encodedAs(value))));
        return ranges;
    }

    private int weightLimit() {
        boolean reduced = parameters.reduceRange() == null ? IntegerSupport.pairsSaturate() : parameters.reduceRange();
        if (reduced) {
            notes.add("weights have 7 bits: "
                    + (parameters.reduceRange() == null ? "this processor has no VNNI" : "reduce-range was asked for"));
        }
        return reduced ? 63 : 127;
    }

    private void noteWhatStaysInFloat(QuantizationPlan plan) {
        plan.leftInFloat()
                .forEach((op, count) ->
                        notes.add("%d %s %s in float".formatted(count, op, count == 1 ? "stays" : "stay")));
    }
}
