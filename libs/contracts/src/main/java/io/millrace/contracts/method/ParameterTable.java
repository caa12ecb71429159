package io.millrace.contracts.method;

import io.millrace.contracts.Actions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** What there is to know of a method's parameters, for readers: one row each, fields of inner objects by their path. */
public final class ParameterTable {

    /**
     * @param unit what the number counts; empty for none
     * @param standard the value where none is given; empty where there is none, or the description tells
     * @param with the values of others that it has an effect with; empty for any
     */
    public record Row(String name, String description, String unit, String standard, String allowed, String with) {}

    private ParameterTable() {}

    /** The rows of a method, in the order of its record; the target first where it has one. */
    public static List<Row> of(Method method) {
        List<Row> rows = new ArrayList<>();
        if (method.action().equals(Actions.COMPRESS)) {
            String needed = "one of the two, unless another target is given";
            rows.add(new Row(TargetRatio.ONE, TargetRatio.DESCRIPTION, "", needed, AllowedValues.ofRatio(), ""));
            rows.add(new Row(
                    TargetRatio.SEVERAL,
                    "the same, several: one model for each",
                    "",
                    needed,
                    "a list of: " + AllowedValues.ofRatio(),
                    ""));
        }
        add(rows, "", method.parameters());
        if (method == Method.QUANTIZE) {
            add(rows, "", QuantizeRound.class);
        }
        return rows;
    }

    private static void add(List<Row> rows, String prefix, Class<? extends Record> record) {
        for (Parameter parameter : Parameter.of(record)) {
            Class<?> type = Values.raw(parameter.type().getType());
            if (TargetRatio.READ_BY_THE_ROUND.contains(parameter.name())) {
                continue;
            }
            boolean inner = type.isRecord();
            rows.add(new Row(
                    prefix + parameter.name(),
                    parameter.description(),
                    parameter.unit(),
                    parameter.standard(),
                    inner ? "an object" : AllowedValues.of(record, parameter.type()),
                    parameter.conditions().stream()
                            .map(condition -> words(prefix, condition))
                            .collect(Collectors.joining(", "))));
            if (inner) {
                add(rows, prefix + parameter.name() + ".", type.asSubclass(Record.class));
            }
        }
    }

    private static String words(String prefix, OnlyWith condition) {
        String values = condition.value().length == 0
                ? "other than " + String.join(", ", condition.not())
                : String.join(" or ", condition.value());
        return prefix + condition.parameter() + ": " + values;
    }
}
