package io.millrace.pruning;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.compression.Aside;
import io.millrace.data.Batch;
import io.millrace.data.Batches;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.Slot;
import io.millrace.onnx.rewrite.SubModel;
import io.millrace.selection.CompressionFindings;
import io.millrace.tensor.NormalEquations;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Channel pruning's second half (He et al. 2017): the layers that read pruned channels are fitted, in execution order,
 * so that on the inputs the pruned model really gives them they make what the original made. Each layer is a
 * least-squares problem over sampled output positions, solved for the change of its weights; what that is worth is told
 * by samples that it was not fitted to, see {@link LayerFit}.
 */
final class Reconstruction {
    private static final int POSITIONS_PER_IMAGE = 10;
    private static final int ROWS_PER_UNKNOWN = 4;
    private static final int FEWEST_ROWS_PER_UNKNOWN = 2;
    /** 512 channels of 3 x 3; four matrices of that size are in memory at a time. */
    private static final int MOST_UNKNOWNS = 4700;

    private final OnnxModel original;
    private final Map<ChannelGroup, int[]> removed;
    private final SessionOptions options;
    private final long seed;

    /**
     * What was done to one layer.
     *
     * @param errorBefore squared error of its output relative to the original's, pruned only, on samples kept aside
     * @param errorAfter the same after the fit
     * @param sizeBefore largest magnitude of its weight in the original; {@code sizeAfter} after the fit
     * @param obstacle why it stayed as it was; {@code null} if it was fitted
     */
    record Fit(
            String layer, double errorBefore, double errorAfter, double sizeBefore, double sizeAfter, String obstacle) {
        static Fit declined(Node layer, String obstacle) {
            return new Fit(layer.label(), 0, 0, 0, 0, obstacle);
        }

        void describe(ObjectNode entry, CompressionFindings findings) {
            entry.put("name", layer);
            if (obstacle == null) {
                entry.put("error-before", CompressionFindings.rounded(errorBefore))
                        .put("error-after", CompressionFindings.rounded(errorAfter));
                findings.weights(entry, layer, sizeBefore, sizeAfter);
            } else {
                entry.put("declined", obstacle);
            }
        }
    }

    Reconstruction(OnnxModel original, Map<ChannelGroup, int[]> removed, SessionOptions options, long seed) {
        this.original = original;
        this.removed = removed;
        this.options = options;
        this.seed = seed;
    }

    /** The layers of the original that lose some of their inputs, in execution order. */
    List<Node> layers() {
        Set<Node> consumers = new LinkedHashSet<>();
        removed.keySet().forEach(group -> consumers.addAll(group.consumers()));
        return original.graph().nodes().stream().filter(consumers::contains).toList();
    }

    /**
     * Fits one layer of the pruned model, which is changed.
     *
     * @param layer as it stands in the original
     * @param batches of which some can be kept {@link Aside}
     */
    Fit fit(OnnxModel pruned, Node layer, Batches batches, Runnable afterBatch) {
        Node current = pruned.graph().producer(layer.output(0));
        Optional<String> obstacle = obstacle(pruned, current);
        if (obstacle.isPresent()) {
            return Fit.declined(layer, obstacle.get());
        }
        Tensor weight = pruned.graph().initializer(current.input(1));
        boolean intercept = pruned.graph().initializer(current.input(2)) != null;
        ReceptiveField field = ReceptiveField.of(current, weight);
        int unknowns = field.size() + (intercept ? 1 : 0);
        if (unknowns > MOST_UNKNOWNS) {
            return Fit.declined(layer, "too large: %d unknowns for each output".formatted(unknowns));
        }
        int[] rows = keptRows(layer);
        try (NormalEquations fitted = new NormalEquations(unknowns, rows.length);
                NormalEquations aside = new NormalEquations(unknowns, rows.length)) {
            double target = gather(pruned, layer, rows, field, intercept, batches, fitted, aside, afterBatch);
            if (fitted.samples() < (long) FEWEST_ROWS_PER_UNKNOWN * unknowns) {
                return Fit.declined(
                        layer,
                        "too few samples: %d output positions for %d unknowns; give more calibration data"
                                .formatted(fitted.samples(), unknowns));
            }
            LayerWeight kept = new LayerWeight(pruned.graph(), current);
            double[] sizes = sizes(layer, rows);
            LayerFit fit = LayerFit.of(fitted, aside, kept.columns(), sizes);
            if (!fit.worthwhile()) {
                return Fit.declined(layer, "on samples that it was not fitted to, the fit does not help");
            }
            double sizeAfter = kept.add(fit.change());
            return new Fit(
                    layer.label(),
                    fit.errorBefore() / target,
                    fit.errorAfter() / target,
                    Arrays.stream(sizes).max().orElse(0),
                    sizeAfter,
                    null);
        }
    }

    /**
     * Sums up what a layer of the pruned model reads against what its outputs lack.
     *
     * @return squared size of the wanted outputs on the samples kept aside
     */
    private double gather(
            OnnxModel pruned,
            Node layer,
            int[] rows,
            ReceptiveField field,
            boolean intercept,
            Batches batches,
            NormalEquations fitted,
            NormalEquations aside,
            Runnable afterBatch) {
        Node current = pruned.graph().producer(layer.output(0));
        List<String> inputs =
                original.graph().inputs().stream().map(v -> v.getName()).toList();
        OnnxModel targets = SubModel.between(original, inputs, List.of(layer.output(0)));
        List<String> tapped = Stream.of(current.input(0), current.output(0))
                .filter(name -> !inputs.contains(name))
                .toList();
        OnnxModel reached = SubModel.between(pruned, inputs, tapped);
        try (OnnxSession wanted = OnnxSession.open(targets, options);
                OnnxSession source = OnnxSession.open(reached, options)) {
            Random random = new Random(seed ^ layer.label().hashCode());
            double images = Math.max(1, batches.samples() * Aside.share(batches));
            int perImage = Math.max(POSITIONS_PER_IMAGE, (int) Math.ceil(ROWS_PER_UNKNOWN * field.size() / images));
            double target = Double.MIN_NORMAL;
            int place = 0;
            for (Batch batch : batches) {
                Map<String, Tensor> made = source.run(batch.inputs());
                ReceptiveField.Sample sample = field.sample(
                        made.getOrDefault(current.input(0), batch.inputs().get(current.input(0))),
                        made.get(current.output(0)),
                        wanted.run(batch.inputs()).get(layer.output(0)),
                        rows,
                        intercept,
                        perImage,
                        random);
                boolean judging = Aside.is(place++, batches);
                target += judging ? sample.targetEnergy() : 0;
                (judging ? aside : fitted).add(sample.inputs(), sample.residuals(), sample.count());
                afterBatch.run();
            }
            return target;
        } finally {
            batches.close();
        }
    }

    /** The largest magnitude of each kept output's weights in the original. */
    private double[] sizes(Node layer, int[] rows) {
        double[] all = LayerWeight.sizes(
                layer, original.graph().constant(layer.input(1)).orElseThrow());
        return Arrays.stream(rows).mapToDouble(row -> all[row]).toArray();
    }

    private static Optional<String> obstacle(OnnxModel pruned, Node layer) {
        if (layer == null) {
            return Optional.of("it is not in the pruned model under its old name");
        }
        if (!layer.is("Conv", "Gemm", "MatMul")) {
            return Optional.of("a " + layer.op() + " is not fitted");
        }
        if (layer.is("Conv") && layer.intAttribute("group", 1) != 1) {
            return Optional.of("a grouped convolution is not fitted");
        }
        Tensor weight = pruned.graph().initializer(layer.input(1));
        if (weight == null || weight.rank() > 4) {
            return Optional.of("its weight is not stored as a tensor of up to four axes");
        }
        if (pruned.graph().consumers(layer.input(1)).size() > 1) {
            return Optional.of("it shares its weight with another layer");
        }
        if (layer.is("Gemm")
                && (layer.intAttribute("transA", 0) != 0
                        || layer.floatAttribute("alpha", 1) != 1
                        || layer.floatAttribute("beta", 1) != 1)) {
            return Optional.of("a Gemm with transA, alpha or beta is not fitted");
        }
        if (layer.is("Conv") && !layer.stringAttribute("auto_pad", "NOTSET").equals("NOTSET")) {
            return Optional.of("a convolution with auto_pad is not fitted");
        }
        return Optional.empty();
    }

    /** The outputs of the original layer that the pruned one still has. */
    private int[] keptRows(Node layer) {
        Tensor weight = original.graph().constant(layer.input(1)).orElseThrow();
        int axis = LayerWeight.outputAxis(layer, weight);
        Set<Integer> gone = removed.entrySet().stream()
                .flatMap(entry -> entry.getKey().slots().stream()
                        .filter(slot -> slot.tensor().equals(layer.input(1))
                                && slot.axis() == axis
                                && slot.role() == Slot.Role.OUTPUT)
                        .flatMap(slot -> IntStream.of(entry.getValue()).boxed().flatMap(unit -> IntStream.of(
                                        slot.indices()[unit])
                                .boxed())))
                .collect(Collectors.toSet());
        return IntStream.range(0, (int) weight.dim(axis))
                .filter(row -> !gone.contains(row))
                .toArray();
    }
}
