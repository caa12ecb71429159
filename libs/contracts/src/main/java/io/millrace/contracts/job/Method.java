package io.millrace.contracts.job;

import static io.millrace.contracts.job.Parameter.align;
import static io.millrace.contracts.job.Parameter.choice;
import static io.millrace.contracts.job.Parameter.choices;
import static io.millrace.contracts.job.Parameter.count;
import static io.millrace.contracts.job.Parameter.flag;
import static io.millrace.contracts.job.Parameter.notYet;
import static io.millrace.contracts.job.Parameter.number;
import static io.millrace.contracts.job.Parameter.object;
import static io.millrace.contracts.job.Parameter.only;

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
            new Method(
                    Stages.SVD,
                    true,
                    List.of(
                            choice("ranks", "greedy", "lagrange", "uniform"),
                            align(),
                            count("candidates", 1),
                            count("samples", 1),
                            count("layers-per-task", 1))),
            "channel-pruning",
            new Method(
                    Stages.PRUNING,
                    false,
                    List.of(
                            choice("criterion", "l1", "l2", "bn-scale", "geometric-median", "random"),
                            flag("reconstruct"),
                            align(),
                            choice("allocation", "lagrange", "greedy"),
                            count("candidates", 1),
                            count("samples", 1),
                            count("reconstruction-samples", 1),
                            count("groups-per-task", 1)))));

    static final Method QUANTIZE = new Method(
            Stages.QUANT,
            false,
            List.of(
                    choice("format", "qdq"),
                    only("bits", 8),
                    choice("calibration", "min-max", "moving-average", "percentile", "entropy", "sqnr"),
                    number("percentile", new Range(50, false, 100, true)),
                    choices("prepare", "fold-bn", "cle", "bias-correction"),
                    count("samples", 1),
                    flag("reduce-range"),
                    count("threads", 1),
                    notYet("otherwise")));

    static final Method FINETUNE = new Method(
            Stages.FINETUNE,
            false,
            List.of(
                    count("epochs", 1),
                    choice("optimizer", "sgd", "adamw"),
                    number("learning-rate", Range.POSITIVE),
                    number("momentum", Range.FRACTION),
                    flag("nesterov"),
                    number("weight-decay", Range.NOT_NEGATIVE),
                    count("batch", 1),
                    choice("schedule", "cosine", "step", "constant"),
                    number("warm-up", Range.FRACTION),
                    count("step-epochs", 1),
                    number("step-factor", new Range(0, false, 1, true)),
                    object("distill", number("temperature", Range.POSITIVE), number("weight", Range.SHARE)),
                    number("label-smoothing", Range.FRACTION),
                    object("augment", flag("flip"), count("shift", 0)),
                    count("limit", 0)));

    /** Notes what is wrong with the parameters in {@code fields}. */
    void check(Fields fields) {
        parameters.forEach(parameter -> parameter.check().look(fields, parameter.name()));
    }
}
