package io.millrace.pruning;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.inference.sensitivity.OutputDivergence;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.cost.Costs;
import io.millrace.pruning.GroupSensitivity.Measured;
import io.millrace.pruning.PruningPlan.PrunableGroup;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.List;
import java.util.Map;

/** Gathers what was measured, chosen and declined, as JSON for the report. */
final class PruningFindings {
    private static final MathContext DIGITS = new MathContext(4);

    private final ObjectNode json = JsonNodeFactory.instance.objectNode();
    private final ObjectNode model = JsonNodeFactory.instance.objectNode();
    private final ArrayNode notes = JsonNodeFactory.instance.arrayNode();

    PruningFindings(
            PruningParameters parameters,
            PruningPlan plan,
            Map<String, Measured> measured,
            ChannelPruning.Choice choice) {
        model.put("method", parameters.method());
        model.put("mac-ratio", parameters.macRatio());
        model.put("criterion", parameters.criterion());
        ArrayNode layers = model.putArray("layers");
        for (PrunableGroup group : plan.groups()) {
            int[] removed = choice.removed().get(group.group());
            if (removed != null) {
                layer(layers.addObject(), group.group(), removed.length);
            }
            sensitivity(group, measured.get(group.key()));
        }
        ArrayNode declined = json.putArray("declined");
        plan.declined()
                .forEach(
                        (name, reason) -> declined.addObject().put("name", name).put("reason", reason));
        if (!choice.reached()) {
            note("mac-ratio %s is out of reach: every group is at its smallest count on the steps of align %s"
                    .formatted(parameters.macRatio().toPlainString(), parameters.align()));
        }
    }

    private static void layer(ObjectNode layer, ChannelGroup group, int removed) {
        layer.put("name", group.id());
        layer.put(
                "operator",
                group.producers().isEmpty() ? "" : group.producers().get(0).op());
        layer.put("ratio", rounded(1 - (double) removed / group.size()));
        layer.putObject("channels").put("before", group.size()).put("after", group.size() - removed);
        ArrayNode members = layer.putArray("producers");
        group.producers().stream().map(Node::label).forEach(members::add);
    }

    private void sensitivity(PrunableGroup group, Measured measured) {
        ObjectNode losses =
                json.withObject("/sensitivity").putObject(group.group().id());
        ObjectNode agreements =
                json.withObject("/agreement").putObject(group.group().id());
        for (int i = 0; i < group.options().size(); i++) {
            String ratio = rounded(group.ratio(i)).toPlainString();
            losses.put(ratio, rounded(measured.losses().get(i)));
            agreements.put(ratio, rounded(measured.agreements().get(i)));
        }
    }

    double pruned(OutputDivergence divergence) {
        model.put("loss", rounded(divergence.loss())).put("agreement", rounded(divergence.agreement()));
        return divergence.loss();
    }

    double reconstructed(OutputDivergence divergence) {
        model.put("reconstructed-loss", rounded(divergence.loss()))
                .put("reconstructed-agreement", rounded(divergence.agreement()));
        return divergence.loss();
    }

    void fits(List<Reconstruction.Fit> fits) {
        ArrayNode list = json.putArray("reconstruction");
        for (Reconstruction.Fit fit : fits) {
            ObjectNode layer = list.addObject().put("name", fit.layer());
            if (fit.obstacle() == null) {
                layer.put("error-before", rounded(fit.errorBefore())).put("error-after", rounded(fit.errorAfter()));
            } else {
                layer.put("declined", fit.obstacle());
            }
        }
    }

    /** Counts the delivered model itself: what was foretold is not what counts. */
    void macs(long before, OnnxModel after, ChannelPruning.Choice choice) {
        long macs = Costs.of(after).macs();
        model.put("macs-before", before).put("macs-after", macs);
        if (choice.reached() && macs > choice.budget()) {
            note("the model has %d MACs where %d were foretold, and is above its target"
                    .formatted(macs, choice.macs()));
        }
    }

    void note(String note) {
        notes.add(note);
    }

    ObjectNode modelParameters() {
        return model;
    }

    ObjectNode toJson() {
        json.set("layers", model.get("layers"));
        json.putArray("models").add(model);
        json.set("notes", notes);
        return json;
    }

    /** JSON has no infinity: a loss that is none becomes the largest number. */
    private static BigDecimal rounded(double value) {
        return new BigDecimal(Double.isFinite(value) ? value : Float.MAX_VALUE).round(DIGITS);
    }
}
