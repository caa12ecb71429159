package io.millrace.contracts.method;

import io.millrace.contracts.Actions;
import io.millrace.contracts.Stages;
import java.util.Arrays;
import java.util.List;

/**
 * The methods that recipes can name. One line registers a method: the reader of jobs, the stage that takes its tasks, the
 * schema of jobs, the command line and the docs' tables know its parameters from the record.
 */
public enum Method implements NamedChoice {
    SPATIAL_SVD(
            Stages.SVD,
            Actions.COMPRESS,
            SvdParameters.class,
            "splits a layer in two thinner ones along its kernel's axes"),
    WEIGHT_SVD(
            Stages.SVD,
            Actions.COMPRESS,
            SvdParameters.class,
            "splits a layer in two: one that has its kernel, and a 1x1 one before or behind it"),
    TUCKER(
            Stages.SVD,
            Actions.COMPRESS,
            SvdParameters.class,
            "splits a convolution in three: its kernel between fewer channels, and a 1x1 one on either side"),
    CP(
            Stages.SVD,
            Actions.COMPRESS,
            SvdParameters.class,
            "splits a convolution in one thin layer for its inputs, each axis of its kernel, and its outputs"),
    AUTO(
            Stages.SVD,
            Actions.COMPRESS,
            SvdParameters.class,
            "splits each layer by the one of spatial-svd, weight-svd and tucker that loses least for what it saves"),
    CHANNEL_PRUNING(
            Stages.PRUNING,
            Actions.COMPRESS,
            PruningParameters.class,
            "removes channels, and fits the layers behind them to what they gave before"),
    QUANTIZE(
            Stages.QUANT,
            Actions.QUANTIZE,
            QuantizeParameters.class,
            "makes weights and activations 8-bit integers; a round of its own, the last"),
    FINETUNE(
            Stages.FINETUNE,
            Actions.FINETUNE,
            FinetuneParameters.class,
            "trains each new candidate; part of a compress round or an outside stage's");

    private final String stage;
    private final String action;
    private final Class<? extends Record> parameters;
    private final String summary;

    Method(String stage, String action, Class<? extends Record> parameters, String summary) {
        this.stage = stage;
        this.action = action;
        this.parameters = parameters;
        this.summary = summary;
    }

    /** The stage that knows it. */
    public String stage() {
        return stage;
    }

    /** What the stage is asked to do, one of {@link Actions}. */
    public String action() {
        return action;
    }

    /** The record of its parameters. */
    public Class<? extends Record> parameters() {
        return parameters;
    }

    /** What it does, in half a sentence. */
    public String summary() {
        return summary;
    }

    /** Whether its record has a parameter of this name. */
    public boolean has(String parameter) {
        return Parameter.of(parameters).stream().anyMatch(known -> known.name().equals(parameter));
    }

    /** The methods of {@code compress} rounds. */
    public static List<Method> compressing() {
        return Arrays.stream(values())
                .filter(method -> method.action.equals(Actions.COMPRESS))
                .toList();
    }

    /** The names of the methods that take a record; of all where it is the record of none. */
    static List<String> namesOf(Class<? extends Record> parameters) {
        List<Method> takers = Arrays.stream(values())
                .filter(method -> method.parameters == parameters)
                .toList();
        return (takers.isEmpty() ? List.of(values()) : takers)
                .stream().map(Method::wireName).toList();
    }

    /** The method of this name, as jobs write it. */
    public static Method named(String name) {
        return Arrays.stream(values())
                .filter(method -> method.wireName().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("\"" + name + "\" is no method; there are "
                        + String.join(", ", NamedChoice.names(Method.class))));
    }
}
