package io.millrace.quant;

import io.millrace.data.Batch;
import io.millrace.data.BatchOptions;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.inference.Activations;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.SessionOptions;
import io.millrace.inference.Sqnr;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.quant.calibration.Range;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a quantized model does on samples drawn by seed: on the validation data where a task has it, else on calibration
 * samples that were not calibrated with, as far as there are any.
 *
 * @param role of the data: {@code validation} or {@code calibration}
 * @param unseen whether none of the samples was calibrated with
 * @param samples looked at
 * @param sqnr of the output that suffers most, in decibels; {@code null} where no output differs
 * @param clipped by value, the share of the numbers that its range cuts off; empty if nothing unseen was there
 */
public record QuantizationCheck(String role, boolean unseen, long samples, Double sqnr, Map<String, Double> clipped) {
    private static final int SAMPLES = 128;
    private static final int BATCH = 32;
    private static final double NOTABLE = 0.01;

    /** Where samples come from. */
    private record Draw(String role, Dataset data, boolean unseen, BatchOptions options) {}

    /**
     * Looks at a quantized model.
     *
     * @param model the one before
     * @param prepared the one whose values have the ranges
     * @param validation bound to the model, or {@code null}
     * @param calibrated samples that calibration took
     */
    static QuantizationCheck of(
            OnnxModel model,
            OnnxModel prepared,
            OnnxModel quantized,
            Map<String, Range> ranges,
            Dataset calibration,
            Dataset validation,
            long calibrated,
            long seed,
            int threads) {
        SessionOptions options = SessionOptions.threads(threads);
        Clipping clipping = new Clipping(ranges);
        Map<String, Sqnr> outputs = new LinkedHashMap<>();
        try (OnnxSession exact = OnnxSession.open(model, options);
                OnnxSession rounded = OnnxSession.open(quantized, options);
                Activations inner = Activations.of(prepared, ranges.keySet(), options)) {
            int size = exact.fixedBatch().orElse(BATCH);
            BatchOptions drawn = BatchOptions.shuffled(size, seed).limitedTo(Math.max(SAMPLES, size));
            Draw draw = draw(calibration, validation, drawn, seed, calibrated);
            long seen = 0;
            try (Batches batches = draw.data().batches(draw.options())) {
                for (Batch batch : batches) {
                    Map<String, Tensor> inputs =
                            batch.inputsPaddedTo(exact.fixedBatch().orElse(batch.size()));
                    compare(exact.run(inputs), rounded.run(inputs), batch.size(), outputs);
                    if (draw.unseen()) {
                        inner.run(inputs, clipping::add);
                    }
                    seen += batch.size();
                }
            }
            return new QuantizationCheck(draw.role(), draw.unseen(), seen, worst(outputs.values()), clipping.shares());
        }
    }

    private static Draw draw(Dataset calibration, Dataset validation, BatchOptions drawn, long seed, long calibrated) {
        if (validation != null) {
            return new Draw("validation", validation, true, drawn);
        }
        boolean left = calibration.size() > calibrated;
        return new Draw("calibration", calibration, left, left ? drawn.withoutDrawn(seed, calibrated) : drawn);
    }

    private static Double worst(Collection<Sqnr> outputs) {
        double worst = outputs.stream().mapToDouble(Sqnr::decibels).min().orElse(Double.POSITIVE_INFINITY);
        return Double.isFinite(worst) ? worst : null;
    }

    private static void compare(
            Map<String, Tensor> exact, Map<String, Tensor> rounded, int samples, Map<String, Sqnr> outputs) {
        exact.forEach((name, tensor) -> {
            if (tensor.type() == ElementType.FLOAT) {
                outputs.computeIfAbsent(name, n -> new Sqnr())
                        .add(rows(tensor, samples), rows(rounded.get(name), samples));
            }
        });
    }

    /** Without what only fills a batch up. */
    private static float[] rows(Tensor tensor, int samples) {
        float[] values = tensor.floats();
        boolean padded = tensor.rank() > 0 && tensor.dim(0) > samples;
        return padded ? Arrays.copyOf(values, (int) (values.length / tensor.dim(0) * samples)) : values;
    }

    /** What a user should know. */
    List<String> notes() {
        if (!unseen) {
            return List.of("how much the ranges cut off is not known: there is no validation data,"
                    + " and every calibration sample was calibrated with");
        }
        List<Map.Entry<String, Double>> notable = clipped.entrySet().stream()
                .filter(entry -> entry.getValue() > NOTABLE)
                .sorted(Map.Entry.<String, Double>comparingByValue().reversed())
                .toList();
        return notable.isEmpty()
                ? List.of()
                : List.of(("on %s data %d of %d ranges cut off more than 1 %% of the values, most of '%s' with %.1f %%:"
                                + " the data calibrated with does not cover it")
                        .formatted(
                                role,
                                notable.size(),
                                clipped.size(),
                                notable.get(0).getKey(),
                                100 * notable.get(0).getValue()));
    }

    /** Counts the numbers outside of ranges. */
    private static final class Clipping {
        private final Map<String, Range> ranges;
        private final Map<String, long[]> counts = new LinkedHashMap<>();

        Clipping(Map<String, Range> ranges) {
            this.ranges = ranges;
        }

        void add(String value, Tensor tensor) {
            Range range = ranges.get(value);
            double halfStep = (range.max() - range.min()) / 510;
            long[] count = counts.computeIfAbsent(value, v -> new long[2]);
            FloatBuffer numbers = tensor.as(ElementType.FLOAT).bytes().asFloatBuffer();
            count[1] += numbers.remaining();
            while (numbers.hasRemaining()) {
                float number = numbers.get();
                count[0] += number < range.min() - halfStep || number > range.max() + halfStep ? 1 : 0;
            }
        }

        Map<String, Double> shares() {
            Map<String, Double> shares = new LinkedHashMap<>();
            counts.forEach((value, count) -> shares.put(value, count[1] == 0 ? 0 : (double) count[0] / count[1]));
            return shares;
        }
    }
}
