package io.millrace.compression;

import io.millrace.contracts.task.Progress;
import io.millrace.inference.LatencyComparison;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.RandomInputs;
import io.millrace.inference.SessionOptions;
import io.millrace.inference.time.TimeTable;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.cost.AssumedSizes;
import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.shape.Shapes;
import io.millrace.selection.Cost;
import io.millrace.selection.Measure;
import io.millrace.selection.NetworkCost;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/** What a network and its options cost by the measures that are asked for; time as evaluations take it. */
final class Pricing {
    /** Samples of a timed run. */
    static final int BATCH = 16;

    /** Of a timed run. */
    static final int THREADS = 2;

    private static final LatencyComparison.Effort EFFORT = new LatencyComparison.Effort(1000, Duration.ofSeconds(6));

    private final OnnxModel model;
    private final TimeTable times;
    private final Consumer<Progress> progress;

    /**
     * What a model costs.
     *
     * @param timeIsEstimated whether its time could not be told from noise, and is that of the sum of its steps
     */
    record Priced(Cost cost, boolean timeIsEstimated) {}

    Pricing(OnnxModel model, TimeTable times, Consumer<Progress> progress) {
        this.model = model;
        this.times = times;
        this.progress = progress;
    }

    /** Costs of all options by these measures; MACs are known to the method. */
    NetworkCost of(CompressionPlan plan, Set<Measure> measures) {
        NetworkCost cost = plan.cost();
        if (measures.contains(Measure.PARAMETERS)) {
            cost = new OptionPrices(plan, cost, Measure.PARAMETERS, Pricing::parameters, () -> {});
        }
        if (measures.contains(Measure.BYTES)) {
            cost = new OptionPrices(plan, cost, Measure.BYTES, Pricing::bytes, () -> {});
        }
        if (measures.contains(Measure.TIME)) {
            long total = plan.parts().stream()
                    .mapToLong(part -> part.options().size())
                    .sum();
            long[] done = {0};
            cost = new OptionPrices(
                    plan,
                    cost,
                    Measure.TIME,
                    changed -> times.of(changed, BATCH).nanos(),
                    () -> progress.accept(Progress.of("measuring the time of options", ++done[0], total)));
        }
        return cost;
    }

    private static Map<String, Double> parameters(OnnxModel changed) {
        Map<String, Double> counts = new HashMap<>();
        changed.graph().initializers().forEach((name, tensor) -> {
            if (tensor.type().isFloatingPoint()) {
                counts.put(name, (double) tensor.count());
            }
        });
        return counts;
    }

    private static Map<String, Double> bytes(OnnxModel changed) {
        Map<String, Double> sizes = new HashMap<>();
        changed.graph()
                .initializers()
                .forEach(
                        (name, tensor) -> sizes.put(name, (double) tensor.type().bytes(tensor.count())));
        return sizes;
    }

    /**
     * What a model that was made costs, counted and measured on itself.
     *
     * @param now cost of the network as it stands
     * @param estimated what the model was taken to cost
     */
    Priced measured(OnnxModel made, Cost now, Cost estimated) {
        Costs costs = Costs.of(made);
        Cost cost = estimated
                .with(Measure.MACS, costs.macs())
                .with(Measure.PARAMETERS, costs.parameters())
                .with(Measure.BYTES, costs.bytes());
        if (!now.has(Measure.TIME)) {
            return new Priced(cost, false);
        }
        return speedUp(made)
                .map(speedUp -> new Priced(cost.with(Measure.TIME, Math.round(now.of(Measure.TIME) / speedUp)), false))
                .orElse(new Priced(cost, true));
    }

    private Optional<Double> speedUp(OnnxModel made) {
        progress.accept(Progress.of("measuring the time of the whole", 0, 0));
        Map<String, Tensor> inputs =
                RandomInputs.of(model, AssumedSizes.of(model.graph(), Shapes.infer(model), BATCH), BATCH, 1);
        try (OnnxSession original = OnnxSession.open(model, SessionOptions.threads(THREADS));
                OnnxSession changed = OnnxSession.open(made, SessionOptions.threads(THREADS))) {
            return Optional.ofNullable(LatencyComparison.measure(
                            original,
                            changed,
                            inputs,
                            EFFORT,
                            (done, total) ->
                                    progress.accept(Progress.of("measuring the time of the whole", done, total)))
                    .speedUp());
        }
    }
}
