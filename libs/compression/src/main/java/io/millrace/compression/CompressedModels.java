package io.millrace.compression;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.task.Outcome.ProducedModel;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.contracts.task.Progress;
import io.millrace.inference.time.TimeTable;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.cost.Costs;
import io.millrace.selection.Allocation;
import io.millrace.selection.Allocation.Curve;
import io.millrace.selection.Allocation.Selection;
import io.millrace.selection.Allocation.Strategy;
import io.millrace.selection.Budget;
import io.millrace.selection.CompressionFindings;
import io.millrace.selection.Cost;
import io.millrace.selection.Measure;
import io.millrace.selection.NetworkCost;
import io.millrace.selection.NetworkPart;
import io.millrace.selection.PartOption;
import io.millrace.selection.SensitivityTable;
import io.millrace.selection.Target;
import io.millrace.worker.StageException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Makes the models that were asked for, once it is known what every option loses: select, apply, prove, refit, report. */
final class CompressedModels {
    private final OnnxModel model;
    private final String method;
    private final CompressionPlan plan;
    private final Optional<CalibrationSamples> samples;
    private final int scoredOn;
    private final Consumer<Progress> progress;
    private final CompressionFindings findings = new CompressionFindings();
    private final Pricing pricing;
    private Cost now;

    /** Takes a model that was made. */
    interface Shelf {
        /** @param name a plain file name */
        ProducedModel store(String name, String label, OnnxModel model, ObjectNode entry) throws IOException;
    }

    /** The options chosen for a budget; whether their time could not be measured and is the sum of their steps'. */
    private record Choice(Budget budget, Selection selection, boolean timeIsEstimated) {
        boolean met() {
            return budget.metBy(selection.cost());
        }
    }

    /**
     * @param method by its name
     * @param samples empty if there is no calibration data
     * @param scoredOn samples by which the models are compared with the network
     * @param times of the steps of networks
     */
    CompressedModels(
            OnnxModel model,
            String method,
            CompressionPlan plan,
            Optional<CalibrationSamples> samples,
            int scoredOn,
            TimeTable times,
            Consumer<Progress> progress) {
        this.model = model;
        this.method = method;
        this.plan = plan;
        this.samples = samples;
        this.scoredOn = scoredOn;
        this.progress = progress;
        this.pricing = new Pricing(model, times, progress);
    }

    /**
     * One model for each budget; for those that end in the same options one together.
     *
     * @param table of all parts; empty if nothing was measured
     */
    Result make(CompressionRequest request, Optional<SensitivityTable> table, Shelf shelf) throws IOException {
        List<Curve> curves = plan.parts().stream()
                .map(part -> table.map(measured -> measured.curve(part.key(), part.name()))
                        .orElseGet(part::unmeasured))
                .toList();
        NetworkCost cost = pricing.of(plan, request.measures());
        now = counted(cost.of(new int[curves.size()]), model);
        List<Choice> choices = distinct(request.budgets(now).stream()
                .map(budget -> choose(request.strategy(), budget, curves, cost))
                .toList());
        List<ProducedModel> models = new ArrayList<>();
        for (Choice choice : choices) {
            progress.accept(
                    Progress.of("%s for %s".formatted(method, choice.budget().words()), models.size(), choices.size()));
            models.add(make(choice, shelf));
        }
        Costs costs = Costs.of(model);
        findings.costs(model, costs);
        findings.declined(plan.declined());
        plan.notes().forEach(findings::note);
        table.ifPresent(measured -> plan.parts()
                .forEach(part -> findings.sensitivity(part.name(), part.ratios(), measured.of(part.key()))));
        return Result.ofModels(models, findings.toJson());
    }

    /**
     * The options that losses and costs promise; where costs are estimates (all but MACs), they are corrected by those of
     * the model that comes of it, and options chosen once more.
     */
    private Choice choose(Strategy strategy, Budget budget, List<Curve> curves, NetworkCost cost) {
        Selection promised = new Allocation(curves, cost).choose(strategy, budget);
        Set<Measure> estimated = budget.targets().stream()
                .map(Target::measure)
                .filter(measure -> measure != Measure.MACS)
                .collect(Collectors.toSet());
        if (estimated.isEmpty()) {
            return new Choice(budget, promised, false);
        }
        Choice first = measured(budget, promised);
        Cost real = first.selection().cost();
        if (budget.metBy(real)) {
            return first;
        }
        NetworkCost corrected = new CorrectedCost(cost, estimated, now, promised.cost(), real);
        Selection again = new Allocation(curves, corrected).choose(strategy, budget);
        if (Arrays.equals(again.options(), promised.options())) {
            return first;
        }
        Choice second = measured(budget, again);
        return distance(second) <= distance(first) ? second : first;
    }

    private Choice measured(Budget budget, Selection selection) {
        Pricing.Priced real = pricing.measured(plan.apply(selection.options()), now, selection.cost());
        return new Choice(
                budget,
                new Selection(selection.options(), real.cost(), selection.loss(), selection.next()),
                real.timeIsEstimated());
    }

    private static double distance(Choice choice) {
        return Math.abs(choice.budget().use(choice.selection().cost()) - 1);
    }

    /** One choice for all budgets that end in the same options: the first of those that are met, if any is. */
    private List<Choice> distinct(List<Choice> choices) {
        Map<List<Integer>, List<Choice>> byOptions = new LinkedHashMap<>();
        choices.forEach(choice -> byOptions
                .computeIfAbsent(
                        IntStream.of(choice.selection().options()).boxed().toList(), none -> new ArrayList<>())
                .add(choice));
        return byOptions.values().stream()
                .map(same -> {
                    Choice kept = same.stream().filter(Choice::met).findFirst().orElse(same.get(0));
                    same.stream()
                            .filter(choice -> choice != kept)
                            .map(choice -> choice.budget().words())
                            .distinct()
                            .forEach(words -> findings.note("%s ends in the same model as %s: it is made once"
                                    .formatted(words, kept.budget().words())));
                    return kept;
                })
                .toList();
    }

    private ProducedModel make(Choice choice, Shelf shelf) throws IOException {
        int[] options = choice.selection().options();
        OnnxModel made = plan.apply(options);
        samples.flatMap(data -> plan.flaw(options, made, data)).ifPresent(flaw -> {
            throw StageException.unsupported(flaw);
        });
        ObjectNode entry = findings.model(method, choice.budget());
        describe(options, entry);
        if (choice.timeIsEstimated()) {
            note(
                    entry,
                    "its speed-up could not be told from noise here; the one given is the sum of its steps' times,"
                            + " an estimate");
        }
        OnnxModel best = samples.isEmpty() ? made : refitted(options, made, entry, samples.get());
        String label = findings.reached(
                entry,
                choice.budget(),
                now,
                counted(choice.selection().cost(), best),
                choice.selection().next());
        String name = "%s-%s.onnx"
                .formatted(method, choice.budget().words())
                .replace(", ", "-")
                .replace(' ', '-');
        return shelf.store(name, label, best, entry);
    }

    private void describe(int[] options, ObjectNode entry) {
        ArrayNode layers = entry.withArray("/layers");
        for (int i = 0; i < options.length; i++) {
            if (options[i] > 0) {
                NetworkPart part = plan.parts().get(i);
                PartOption option = part.options().get(options[i] - 1);
                ObjectNode layer = layers.addObject()
                        .put("name", part.name())
                        .put("operator", part.operator())
                        .put("ratio", CompressionFindings.rounded(option.ratio()));
                plan.describe(i, options[i], layer, findings);
            }
        }
        plan.describe(entry);
    }

    /** Fitted to the network's outputs, if that brings them nearer on samples that nothing was fitted to; else as made. */
    private OnnxModel refitted(int[] options, OnnxModel made, ObjectNode entry, CalibrationSamples data) {
        boolean fits = plan.fittingSamples() > 0;
        try (var batches = data.draw(fits ? plan.fittingSamples() : scoredOn)) {
            if (fits && !Aside.possible(batches)) {
                note(
                        entry,
                        "not fitted: of %d calibration samples none can be kept aside to judge it by"
                                .formatted(batches.samples()));
            }
            boolean fitting = fits && Aside.possible(batches);
            List<OnnxModel> contenders = fitting
                    ? List.of(made, plan.refit(options, made, batches, data, entry, findings, progress))
                    : List.of(made);
            var divergences = OutputComparisons.of(
                    model,
                    contenders,
                    data.outputs(),
                    fitting ? Aside.of(batches) : batches,
                    data.options(),
                    () -> progress.accept(Progress.of("comparing outputs", 0, 0)));
            findings.compared(entry, "", divergences.get(0));
            if (!fitting) {
                return made;
            }
            findings.compared(entry, "reconstructed-", divergences.get(1));
            if (divergences.get(1).measured()
                    && divergences.get(1).loss() <= divergences.get(0).loss()) {
                return contenders.get(1);
            }
            note(entry, "fitting made the outputs worse and was dropped; more calibration data may help");
            return made;
        }
    }

    private static void note(ObjectNode entry, String note) {
        entry.withArray("/notes").add(note);
    }

    /** With what can be counted on a model itself. */
    private static Cost counted(Cost cost, OnnxModel model) {
        Costs costs = Costs.of(model);
        return cost.with(Measure.MACS, costs.macs())
                .with(Measure.PARAMETERS, costs.parameters())
                .with(Measure.BYTES, costs.bytes());
    }
}
