package io.millrace.onnx.inspect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** An inspection as text for a terminal. */
public final class InspectionTable {
    private static final int LONGEST_NAME = 40;
    private static final Pattern QUOTED = Pattern.compile("'([^']+)'");

    private InspectionTable() {}

    /**
     * {@return head, table of layers with totals, and for each layer what cannot be done to it and why}
     *
     * @param model what was found out
     */
    public static String render(Inspection model) {
        StringBuilder text = new StringBuilder();
        text.append(model.file()).append(": opset ").append(model.opset());
        text.append(model.producer().isEmpty() ? "" : ", made by " + model.producer())
                .append('\n');
        model.inputs().forEach(v -> value(text, "input ", v));
        model.outputs().forEach(v -> value(text, "output", v));
        text.append('\n').append(model.layers().isEmpty() ? "Nothing that multiplies.\n" : grid(rows(model)));
        text.append("\nTotal: ")
                .append(macs(model))
                .append(number(model.parameters()))
                .append(" parameters, ")
                .append(number(model.bytes()))
                .append("B stored, ")
                .append(model.groups().size())
                .append(" channel groups\n");
        reasons(model).forEach((reason, layers) -> text.append("  no ")
                .append(reason)
                .append(": ")
                .append(layers)
                .append('\n'));
        model.notes().forEach(note -> text.append("  note: ").append(note).append('\n'));
        return text.toString();
    }

    private static String macs(Inspection model) {
        if (model.macs() == null) {
            return "MACs not counted (the notes say why), ";
        }
        return number(model.macs()) + (model.partial() ? " MACs without those of the layers marked ?, " : " MACs, ");
    }

    private static void value(StringBuilder text, String kind, Inspection.Value value) {
        text.append("  ").append(kind).append("  ").append(value.name()).append("  ");
        text.append(value.type().isEmpty() ? "shape not known" : value.type() + "  " + value.shape())
                .append('\n');
    }

    private static List<List<String>> rows(Inspection model) {
        List<List<String>> rows = new ArrayList<>();
        List<String> head =
                new ArrayList<>(List.of("layer", "operator", "weight", "output", "MACs", "share", "params", "group"));
        boolean changed =
                model.layers().stream().anyMatch(layer -> !layer.steps().isEmpty());
        if (changed) {
            head.add("made by");
        }
        head.addAll(model.layers().get(0).methods().keySet());
        rows.add(head);
        for (Inspection.Layer layer : model.layers()) {
            List<String> row = new ArrayList<>(List.of(
                    shortened(layer.name()),
                    layer.operator(),
                    layer.weightShape().length == 0 ? "-" : shape(layer.weightShape()),
                    layer.outputShape().length == 0 ? "?" : shape(layer.outputShape()),
                    layer.macs() == null ? "?" : number(layer.macs()),
                    layer.share() == null ? "?" : String.format(Locale.ROOT, "%.1f%%", 100 * layer.share()),
                    number(layer.parameters()),
                    layer.group().isEmpty() ? "-" : layer.group()));
            if (changed) {
                row.add(layer.steps().isEmpty() ? "-" : String.join(", ", layer.steps()));
            }
            layer.methods().values().forEach(verdict -> row.add(verdict.possible() ? "yes" : "-"));
            rows.add(row);
        }
        return rows;
    }

    private static String grid(List<List<String>> rows) {
        int[] widths = new int[rows.get(0).size()];
        rows.forEach(
                row -> Arrays.setAll(widths, i -> Math.max(widths[i], row.get(i).length())));
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < widths.length; i++) {
                boolean right = i >= 4 && i <= 6;
                line.append(
                        String.format(Locale.ROOT, (right ? "%" : "%-") + Math.max(1, widths[i]) + "s  ", row.get(i)));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    /** Layers by what cannot be done to them and why. */
    private static Map<String, String> reasons(Inspection model) {
        Map<String, List<String>> byReason = new LinkedHashMap<>();
        for (Inspection.Layer layer : model.layers()) {
            if (layer.weightShape().length == 0) {
                continue;
            }
            layer.methods().forEach((method, verdict) -> {
                if (!verdict.possible()) {
                    byReason.computeIfAbsent(method + ", " + shortenedNames(verdict.reason()), k -> new ArrayList<>())
                            .add(shortened(layer.name()));
                }
            });
        }
        Map<String, String> text = new LinkedHashMap<>();
        byReason.forEach((reason, layers) -> text.put(
                reason,
                layers.stream().limit(3).collect(Collectors.joining(", "))
                        + (layers.size() > 3 ? " and " + (layers.size() - 3) + " more" : "")));
        return text;
    }

    private static String shortened(String name) {
        return name.length() <= LONGEST_NAME
                ? name
                : name.substring(0, 12) + "..." + name.substring(name.length() - LONGEST_NAME + 15);
    }

    /** A reason whose quoted names are no longer than those in the table. */
    private static String shortenedNames(String reason) {
        return QUOTED.matcher(reason)
                .replaceAll(quoted -> Matcher.quoteReplacement("'" + shortened(quoted.group(1)) + "'"));
    }

    private static String shape(long[] dims) {
        return Arrays.stream(dims).mapToObj(String::valueOf).collect(Collectors.joining("x"));
    }

    /** Four significant digits and a unit: {@code 1.814 G}. */
    private static String number(long value) {
        String[] units = {"", "k", "M", "G", "T", "P"};
        double scaled = value;
        int unit = 0;
        while (scaled >= 1000 && unit < units.length - 1) {
            scaled /= 1000;
            unit++;
        }
        return unit == 0 ? value + " " : String.format(Locale.ROOT, "%.4g", scaled) + " " + units[unit];
    }
}
