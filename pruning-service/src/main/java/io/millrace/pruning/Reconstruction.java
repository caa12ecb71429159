package io.millrace.pruning;

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
import io.millrace.tensor.LeastSquares;
import io.millrace.tensor.NormalEquations;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Channel pruning's second half (He et al. 2017): the layers that read pruned channels are fitted, in execution order,
 * so that on the inputs the pruned model really gives them they make what the original made. Each layer is a
 * least-squares problem over sampled output positions, solved for the change of its weights with a mild ridge, so that
 * what the data does not determine stays as it was.
 */
final class Reconstruction {
    private static final double RIDGE = 1e-3;
    private static final int POSITIONS_PER_IMAGE = 10;
    private static final int ROWS_PER_UNKNOWN = 4;
    private static final int FEWEST_ROWS_PER_UNKNOWN = 2;
    private static final int MOST_UNKNOWNS = 8192;

    private final OnnxModel original;
    private final Map<ChannelGroup, int[]> removed;
    private final SessionOptions options;
    private final long seed;

    /**
     * What was done to one layer.
     *
     * @param errorBefore squared error of its output relative to the original's, pruned only
     * @param errorAfter the same after the fit
     * @param obstacle why it stayed as it was; {@code null} if it was fitted
     */
    record Fit(String layer, double errorBefore, double errorAfter, String obstacle) {}

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
     */
    Fit fit(OnnxModel pruned, Node layer, Batches batches, Runnable afterBatch) {
        Node current = pruned.graph().producer(layer.output(0));
        Optional<String> obstacle = obstacle(pruned, current);
        if (obstacle.isPresent()) {
            return new Fit(layer.label(), 0, 0, obstacle.get());
        }
        Tensor weight = pruned.graph().initializer(current.input(1));
        boolean intercept = pruned.graph().initializer(current.input(2)) != null;
        ReceptiveField field = ReceptiveField.of(current, weight);
        int unknowns = field.size() + (intercept ? 1 : 0);
        if (unknowns > MOST_UNKNOWNS) {
            return new Fit(layer.label(), 0, 0, "too large: %d unknowns for each output".formatted(unknowns));
        }
        int[] rows = keptRows(layer);
        List<String> inputs =
                original.graph().inputs().stream().map(v -> v.getName()).toList();
        OnnxModel targets = SubModel.between(original, inputs, List.of(layer.output(0)));
        List<String> tapped = List.of(current.input(0), current.output(0)).stream()
                .filter(name -> !inputs.contains(name))
                .toList();
        OnnxModel reached = SubModel.between(pruned, inputs, tapped);
        try (OnnxSession target = OnnxSession.open(targets, options);
                OnnxSession source = OnnxSession.open(reached, options);
                NormalEquations equations = new NormalEquations(unknowns, rows.length)) {
            Energy energy = new Energy();
            Random random = new Random(seed ^ layer.label().hashCode());
            int perImage = Math.max(
                    POSITIONS_PER_IMAGE, (ROWS_PER_UNKNOWN * unknowns + batches.samples() - 1) / batches.samples());
            for (Batch batch : batches) {
                Map<String, Tensor> made = source.run(batch.inputs());
                Tensor x = made.getOrDefault(current.input(0), batch.inputs().get(current.input(0)));
                Tensor wanted = target.run(batch.inputs()).get(layer.output(0));
                ReceptiveField.Sample sample =
                        field.sample(x, made.get(current.output(0)), wanted, rows, intercept, perImage, random);
                equations.add(sample.inputs(), sample.residuals(), sample.count());
                energy.add(sample);
                afterBatch.run();
            }
            if (equations.samples() < (long) FEWEST_ROWS_PER_UNKNOWN * unknowns) {
                return new Fit(
                        layer.label(),
                        0,
                        0,
                        "too few samples: %d output positions for %d unknowns; give more calibration data"
                                .formatted(equations.samples(), unknowns));
            }
            LeastSquares change = equations.solve(RIDGE);
            double before = energy.residual / energy.target;
            apply(pruned, current, change, intercept);
            return new Fit(layer.label(), before, before * change.relativeError(), null);
        } finally {
            batches.close();
        }
    }

    private static final class Energy {
        private double residual;
        private double target = Double.MIN_NORMAL;

        void add(ReceptiveField.Sample sample) {
            for (float value : sample.residuals()) {
                residual += (double) value * value;
            }
            target += sample.targetEnergy();
        }
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
        int axis = outputAxis(layer);
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

    private static int outputAxis(Node layer) {
        return layer.is("Conv") || layer.is("Gemm") && layer.intAttribute("transB", 0) != 0 ? 0 : 1;
    }

    /** Adds the change, [unknowns x outputs], to weight and bias. */
    private static void apply(OnnxModel pruned, Node layer, LeastSquares change, boolean intercept) {
        Tensor weight = pruned.graph().initializer(layer.input(1));
        float[] values = weight.floats();
        int outputs = change.outputs();
        int columns = change.unknowns() - (intercept ? 1 : 0);
        boolean rowsFirst = outputAxis(layer) == 0;
        for (int o = 0; o < outputs; o++) {
            for (int column = 0; column < columns; column++) {
                int at = rowsFirst ? o * columns + column : column * outputs + o;
                values[at] += change.coefficients()[column * outputs + o];
            }
        }
        pruned.graph()
                .setInitializer(
                        layer.input(1), Tensor.ofFloats(values, weight.dims()).as(weight.type()));
        if (intercept) {
            Tensor bias = pruned.graph().initializer(layer.input(2));
            float[] shifts = bias.floats();
            for (int o = 0; o < outputs; o++) {
                shifts[o] += change.coefficients()[columns * outputs + o];
            }
            pruned.graph()
                    .setInitializer(
                            layer.input(2), Tensor.ofFloats(shifts, bias.dims()).as(bias.type()));
        }
    }
}
