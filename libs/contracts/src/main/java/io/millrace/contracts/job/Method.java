package io.millrace.contracts.job;

import static io.millrace.contracts.job.Parameter.align;
import static io.millrace.contracts.job.Parameter.choice;
import static io.millrace.contracts.job.Parameter.choices;
import static io.millrace.contracts.job.Parameter.count;
import static io.millrace.contracts.job.Parameter.flag;
import static io.millrace.contracts.job.Parameter.number;
import static io.millrace.contracts.job.Parameter.object;

import io.millrace.contracts.Stages;
import io.millrace.contracts.job.Fields.Range;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A method that recipes can name, and the parameters it takes; a new method is one line here.
 *
 * @param stage that knows it
 * @param severalRatios whether one task makes the models of several target ratios
 */
record Method(String stage, boolean severalRatios, List<Parameter> parameters) {

    /** Methods of {@code compress} rounds, by name. */
    static final Map<String, Method> COMPRESS = new TreeMap<>(Map.of(
            "spatial-svd",
            new Method(Stages.SVD, true, List.of(choice("ranks", "greedy", "uniform"), align())),
            "channel-pruning",
            new Method(Stages.PRUNING, false, List.of(choice("criterion", "l1", "l2"), flag("reconstruct"), align()))));

    static final Method QUANTIZE = new Method(
            Stages.QUANT,
            false,
            List.of(
                    choice("format", "qdq"),
                    new Parameter("bits", (fields, field) -> {
                        if (fields.has(field) && !"8".equals(fields.get(field).asText())) {
                            fields.fault(field, "must be 8");
                        }
                    }),
                    choice("calibration", "sqnr", "min-max"),
                    choices("prepare", "fold-bn")));

    static final Method FINETUNE = new Method(
            Stages.FINETUNE,
            false,
            List.of(
                    count("epochs", 1),
                    choice("optimizer", "sgd", "adamw"),
                    number("learning-rate", Range.POSITIVE),
                    number("momentum", Range.FRACTION),
                    number("weight-decay", Range.NOT_NEGATIVE),
                    count("batch", 1),
                    choice("schedule", "cosine", "step"),
                    object("distill", number("temperature", Range.POSITIVE), number("weight", Range.SHARE))));

    /** Notes what is wrong with the parameters in {@code fields}. */
    void check(Fields fields) {
        parameters.forEach(parameter -> parameter.check().look(fields, parameter.name()));
    }
}
