package io.millrace.selection;

import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.inference.sensitivity.OutputDivergence;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.cost.LayerCost;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What a compression measured, chose and declined, as JSON for the report:
 *
 * <ul>
 *   <li>{@code models}: for each model made its {@code layers}, {@code macs-before} and {@code macs-after} (and the same
 *       of {@code parameters}, {@code bytes}, and {@code nanos}, where known), {@code loss} and {@code agreement}, and
 *       {@code target}: {@code {mac-ratio, reached, met, reason}}; {@code reason} where it is not met, and also in the
 *       model's {@code notes}. It is the tightest
 *       of all {@code targets}: {@code [{measure, wanted, reached, met}]}. A layer's {@code largest-weight} is
 *       {@code {before, after}}
 *   <li>{@code layers}: those of the first model
 *   <li>{@code sensitivity} and {@code agreement}: {@code {part: {ratio: value}}} of what was measured
 *   <li>{@code declined}: {@code [{name, reason}]}, the parts that stay as they are
 *   <li>{@code notes}: sentences for people
 * </ul>
 */
public final class CompressionFindings {
    private static final MathContext DIGITS = new MathContext(4);
    private static final double ABSURD_GROWTH = 10;
    private static final double ABSURD_SIZE = 1e4;
    private static final Map<Measure, String> AMOUNTS = Map.of(
            Measure.MACS, "macs", Measure.PARAMETERS, "parameters", Measure.BYTES, "bytes", Measure.TIME, "nanos");

    private final ObjectNode json = Json.mapper().createObjectNode();
    private final ArrayNode models = json.arrayNode();
    private final ArrayNode notes = json.arrayNode();

    /** Adds a model that was made; what is put on the returned node later is in the findings, too. */
    public ObjectNode model(String method, Budget budget) {
        ObjectNode model = models.addObject();
        model.put("method", method);
        budget.targets().forEach(target -> model.put(target.measure().target(), target.wanted()));
        model.putArray("layers");
        return model;
    }

    /**
     * Says what became of the targets.
     *
     * @param model of {@link #model}
     * @param before cost of the model as it stood
     * @param after of the model that was made, counted on itself
     * @return the label to show to people: the method and its targets, and what was reached where that is something else
     */
    public String reached(ObjectNode model, Budget budget, Cost before, Cost after, Allocation.Step next) {
        for (Measure measure : Measure.values()) {
            if (before.has(measure) && after.has(measure)) {
                model.put(AMOUNTS.get(measure) + "-before", before.of(measure))
                        .put(AMOUNTS.get(measure) + "-after", after.of(measure));
            }
        }
        ArrayNode targets = model.putArray("targets");
        for (Target target : budget.targets()) {
            long amount = after.of(target.measure());
            targets.addObject()
                    .put("measure", target.measure().target())
                    .put("wanted", target.wanted())
                    .put("reached", rounded(target.reachedAt(amount)))
                    .put("met", target.reachedBy(amount));
        }
        Target tightest = budget.tightest(after);
        double reached = tightest.reachedAt(after.of(tightest.measure()));
        ObjectNode said = model.putObject("target");
        said.put(tightest.measure().target(), tightest.wanted())
                .put("reached", rounded(reached))
                .put("met", budget.metBy(after));
        budget.missedBy(after, next).ifPresent(reason -> {
            said.put("reason", reason);
            model.withArray("/notes").add(reason);
        });
        boolean plain = budget.targets().size() == 1 && budget.limits(Measure.MACS);
        String label =
                model.get("method").asText() + " " + (plain ? tightest.wanted().toPlainString() : budget.words());
        return budget.metBy(after)
                ? label
                : label
                        + " (reached %s%.3f)"
                                .formatted(plain ? "" : tightest.measure().target() + " ", reached);
    }

    /**
     * Says how large a layer's weights are before and after, and notes it where they have grown out of all proportion:
     * training and quantization of such a layer go wrong.
     *
     * @param layer its entry in the model's {@code layers}, or in another list
     */
    public void weights(ObjectNode layer, String name, double before, double after) {
        layer.putObject("largest-weight").put("before", rounded(before)).put("after", rounded(after));
        if (!(after <= ABSURD_GROWTH * before)) {
            note("the weights of %s have grown from %.3g to %.3g".formatted(name, before, after));
        } else if (after > ABSURD_SIZE) {
            note("the weights of %s are as large as %.3g".formatted(name, after));
        }
    }

    /** Notes what ratios of costs do not tell: sizes that the model leaves open (but for the batch), uncounted nodes. */
    public void costs(OnnxModel model, Costs costs) {
        if (costs.isPartial()) {
            LayerCost first = costs.uncounted().get(0);
            note("MACs and ratios are partial: %d nodes are not counted, the first %s: %s"
                    .formatted(costs.uncounted().size(), first.node().label(), first.uncounted()));
        }
        for (ValueInfoProto input : model.graph().inputs()) {
            TensorShapeProto shape = input.getType().getTensorType().getShape();
            boolean open = shape.getDimList().stream().skip(1).anyMatch(dim -> !dim.hasDimValue());
            long[] sizes = costs.assumed().get(input.getName());
            if (open && sizes != null) {
                note("the model leaves sizes of its input %s open: MACs and ratios are those of %s"
                        .formatted(input.getName(), Arrays.toString(sizes)));
            }
        }
    }

    /**
     * Says what was measured on one part.
     *
     * @param ratios cost or size that each option leaves of the part
     */
    public void sensitivity(String name, List<Double> ratios, Sensitivity measured) {
        ObjectNode losses = json.withObject("/sensitivity").putObject(name);
        ObjectNode agreements = json.withObject("/agreement").putObject(name);
        for (int i = 0; i < measured.agreements().size(); i++) {
            if (!measured.losses().get(i).isNaN()) {
                String ratio = rounded(ratios.get(i)).toPlainString();
                losses.put(ratio, rounded(measured.losses().get(i)));
                agreements.put(ratio, rounded(measured.agreements().get(i)));
            }
        }
    }

    /** Says how far a model's outputs are from those of the model it was made from. */
    public void compared(ObjectNode model, String prefix, OutputDivergence divergence) {
        if (divergence.measured()) {
            model.put(prefix + "loss", rounded(divergence.loss()))
                    .put(prefix + "agreement", rounded(divergence.agreement()));
        } else {
            note("how far the outputs are from the original's was not measured: none of them gave any numbers");
        }
    }

    /** @param declined reason by name */
    public void declined(Map<String, String> declined) {
        ArrayNode list = json.putArray("declined");
        declined.forEach((name, reason) -> list.addObject().put("name", name).put("reason", reason));
    }

    public void note(String note) {
        notes.add(note);
    }

    /** A list of further findings. */
    public ArrayNode list(String name) {
        return json.withArray("/" + name);
    }

    public ObjectNode toJson() {
        if (!models.isEmpty()) {
            json.set("layers", models.get(0).get("layers"));
        }
        json.set("models", models);
        json.set("notes", notes);
        return json;
    }

    /** Four digits tell enough. JSON has no infinity: a loss that is none becomes the largest number. */
    public static BigDecimal rounded(double value) {
        return new BigDecimal(Double.isFinite(value) ? value : Float.MAX_VALUE).round(DIGITS);
    }
}
