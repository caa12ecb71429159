package io.millrace.onnx.schema;

import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import io.millrace.onnx.schema.Schema.Attribute;
import io.millrace.onnx.schema.Schema.Count;
import io.millrace.onnx.schema.Schema.Formal;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The operators that ONNX defines, with all their versions: a table made from the Python package by {@code
 * src/main/python/schemas.py}.
 */
public final class Schemas {
    /** The newest version of the standard operators that the table knows. */
    public static final long NEWEST = 28;

    /** The oldest version of the standard operators whose forms are all understood: broadcasting came with it. */
    public static final long OLDEST_FORMS = 7;

    private static final Map<String, NavigableMap<Long, Schema>> ALL = read();

    private Schemas() {}

    /**
     * {@return whether the table covers this domain}
     *
     * @param domain of the operators, empty for the standard one
     */
    public static boolean cover(String domain) {
        return domain.isEmpty() || domain.equals("ai.onnx.ml");
    }

    /**
     * {@return the operator as it is in an operator set; empty if it is not there, or not any more} A version that is
     * deprecated in favour of a later one of the same name still runs.
     *
     * @param domain empty for the standard one
     * @param op name of the operator, as nodes carry it
     * @param opset version of the operator set
     */
    public static Optional<Schema> of(String domain, String op, long opset) {
        NavigableMap<Long, Schema> versions = versions(domain, op);
        return Optional.ofNullable(versions.floorEntry(opset))
                .filter(entry -> !entry.getValue().deprecated() || versions.higherKey(entry.getKey()) != null)
                .map(Map.Entry::getValue);
    }

    /**
     * {@return whether a standard operator is in a form that is understood: in operator set {@link #OLDEST_FORMS} or a
     * newer one, or the same in an older one as there}
     *
     * @param op name of the operator, as nodes carry it
     * @param opset version of the operator set
     */
    public static boolean isUnderstood(String op, long opset) {
        return opset >= OLDEST_FORMS
                || versions("", op).subMap(opset, false, OLDEST_FORMS, true).isEmpty();
    }

    /**
     * {@return all versions of an operator, by the operator set they came in; empty if ONNX has no such operator}
     *
     * @param domain of the operators, empty for the standard one
     * @param op name of the operator, as nodes carry it
     */
    public static NavigableMap<Long, Schema> versions(String domain, String op) {
        return ALL.getOrDefault(domain + "\n" + op, new TreeMap<>());
    }

    private static Map<String, NavigableMap<Long, Schema>> read() {
        Map<String, NavigableMap<Long, Schema>> all = new HashMap<>();
        Map<String, String> shared = new HashMap<>();
        Map<String, Set<String>> types = new HashMap<>();
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(Schemas.class.getResourceAsStream("operators.tsv"), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.startsWith("#")) {
                    String[] fields = line.split("\t", -1);
                    Schema schema = schema(fields, shared, types);
                    all.computeIfAbsent(fields[0] + "\n" + fields[1], k -> new TreeMap<>())
                            .put(schema.since(), schema);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return all;
    }

    private static Schema schema(String[] fields, Map<String, String> shared, Map<String, Set<String>> types) {
        Map<String, Attribute> attributes = new HashMap<>();
        for (String each : list(fields[8], ",")) {
            String[] parts = each.split(":");
            boolean required = parts[1].endsWith("!");
            attributes.put(
                    shared.computeIfAbsent(parts[0], k -> k),
                    new Attribute(AttributeType.valueOf(parts[1].replace("!", "")), required));
        }
        Map<String, Set<String>> parameters = new HashMap<>();
        for (String each : list(fields[11], ";")) {
            String[] parts = each.split("=", 2);
            parameters.put(
                    shared.computeIfAbsent(parts[0], k -> k),
                    types.computeIfAbsent(parts[1], k -> Set.of(k.split("\\|"))));
        }
        return new Schema(
                fields[1],
                Long.parseLong(fields[2]),
                new Count(number(fields[3]), number(fields[4])),
                new Count(number(fields[5]), number(fields[6])),
                !fields[7].isEmpty(),
                attributes,
                formals(fields[9]),
                formals(fields[10]),
                parameters);
    }

    private static List<String> list(String field, String separator) {
        return field.isEmpty() ? List.of() : List.of(field.split(separator));
    }

    private static int number(String field) {
        return field.equals("*") ? Integer.MAX_VALUE : Integer.parseInt(field);
    }

    private static List<Formal> formals(String field) {
        List<Formal> formals = new ArrayList<>();
        for (String each : list(field, ",")) {
            boolean mixed = each.endsWith("~");
            String rest = mixed ? each.substring(0, each.length() - 1) : each;
            boolean optional = rest.endsWith("?");
            boolean variadic = rest.endsWith("*");
            String type = optional || variadic ? rest.substring(0, rest.length() - 1) : rest;
            formals.add(new Formal(type, optional, variadic, mixed));
        }
        return formals;
    }
}
