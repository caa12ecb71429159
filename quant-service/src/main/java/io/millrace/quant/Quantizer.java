package io.millrace.quant;

import io.millrace.data.Batch;
import io.millrace.data.BatchOptions;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.inference.FusedOperators;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.SessionOptions;
import io.millrace.inference.Sqnr;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.rewrite.BatchNormFolding;
import io.millrace.quant.calibration.Calibration;
import io.millrace.quant.calibration.ChosenRanges;
import io.millrace.quant.calibration.Histogram;
import io.millrace.quant.calibration.Range;
import io.millrace.quant.prepare.CrossLayerEqualization;
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
    private static final int CHECKED_SAMPLES = 128;

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
     * @param sqnr of the first output on calibration data, in decibels
     */
    public record Quantized(
            OnnxModel model,
            QuantizationPlan plan,
            Map<String, Range> ranges,
            FusedOperators fused,
            double sqnr,
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
     * @throws NothingToQuantizeException if no layer can run in integers
     */
    public Quantized quantize(OnnxModel model, Dataset data) {
        OnnxModel prepared = prepare(model);
        QuantizationPlan plan = Planner.plan(prepared);
        if (plan.layers().isEmpty()) {
            throw new NothingToQuantizeException(plan.declined());
        }
        Map<String, Boolean> means =
                parameters.prepares(QuantizeParameters.BIAS_CORRECTION) ? plan.layerInputs() : Map.of();
        Calibration calibration = Calibration.run(
                prepared,
                plan.observedWith(means.keySet()),
                means,
                data,
                parameters.samples(),
                seed,
                parameters.threads(),
                (done, total) -> progress.progress("calibrating", done, total));
        Map<String, Range> ranges = ranges(plan, calibration);
        Map<String, Encoding> encodings = new LinkedHashMap<>();
        ranges.forEach((value, range) -> encodings.put(value, Encoding.of(range)));
        progress.progress("writing", 0, 1);
        OnnxModel quantized = QdqWriter.write(
                prepared, plan, encodings, weightLimit(), means.isEmpty() ? null : calibration::channelMeans);
        return new Quantized(
                quantized, plan, ranges, FusedOperators.count(quantized), sqnr(model, quantized, data), notes(plan));
    }

    private OnnxModel prepare(OnnxModel model) {
        OnnxModel prepared = model.copy();
        if (parameters.prepares(QuantizeParameters.FOLD_BN)) {
            BatchNormFolding.Report report = BatchNormFolding.fold(prepared);
            report.declined()
                    .forEach((node, reason) -> notes.add("BatchNormalization " + node + " is not folded: " + reason));
        }
        if (parameters.prepares(QuantizeParameters.CLE)) {
            int pairs = CrossLayerEqualization.equalize(prepared).size();
            notes.add("cle: " + pairs + " pairs of convolutions equalized");
        }
        return prepared;
    }

    private Map<String, Range> ranges(QuantizationPlan plan, Calibration calibration) {
        Map<String, Histogram> histograms = new LinkedHashMap<>();
        plan.observed().forEach(value -> histograms.put(value, calibration.histogram(value)));
        ChosenRanges chosen = ChosenRanges.of(histograms, parameters.rangeMethod(), parameters.percentile());
        notes.addAll(chosen.notes());
        Map<String, Range> ranges = new LinkedHashMap<>();
        chosen.ranges().forEach((value, range) -> ranges.put(value, range.within(plan.bounds(value))));
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

    private double sqnr(OnnxModel model, OnnxModel quantized, Dataset data) {
        Sqnr sqnr = new Sqnr();
        SessionOptions options = SessionOptions.threads(parameters.threads());
        try (OnnxSession exact = OnnxSession.open(model, options);
                OnnxSession rounded = OnnxSession.open(quantized, options);
                Batches batches = data.batches(
                        BatchOptions.inOrder(exact.fixedBatch().orElse(32)).limitedTo(CHECKED_SAMPLES))) {
            String output = exact.outputNames().get(0);
            for (Batch batch : batches) {
                Map<String, Tensor> inputs =
                        batch.inputsPaddedTo(exact.fixedBatch().orElse(batch.size()));
                sqnr.add(exact.run(inputs).get(output), rounded.run(inputs).get(output));
                progress.progress("checking", 0, 0);
            }
        }
        return sqnr.decibels();
    }

    private List<String> notes(QuantizationPlan plan) {
        plan.leftInFloat()
                .forEach((op, count) ->
                        notes.add("%d %s %s in float".formatted(count, op, count == 1 ? "stays" : "stay")));
        return List.copyOf(notes);
    }
}
