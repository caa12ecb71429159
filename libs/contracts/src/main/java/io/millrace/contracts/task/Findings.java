package io.millrace.contracts.task;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.Json;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How findings, and the parameters of a model, travel: whole where they are small; else as a summary of their small
 * fields, whose field {@code stored} refers to the whole document in the object store. So no record grows with the
 * number of layers, ratios or parts.
 */
public final class Findings {
    /** The field that refers to the whole document. */
    public static final String STORED = "stored";

    /** Bytes up to which a document travels whole, without a reference. */
    public static final int SMALL = 512;

    /** Bytes of a summary in a task's outcome. */
    public static final int SUMMARY = 8 * 1024;

    /** Bytes of a summary that is kept for each candidate. */
    public static final int KEPT = 2 * 1024;

    /** The field with sentences for people, in findings and in the parameters of a model; it outlives other fields. */
    public static final String NOTES = "notes";

    private Findings() {}

    /** The sentences for people in findings, or in the parameters of a model; of large ones, those of the summary. */
    public static List<String> notes(ObjectNode findings) {
        List<String> notes = new ArrayList<>();
        if (findings != null && findings.path(NOTES).isArray()) {
            findings.get(NOTES).forEach(note -> notes.add(note.asText()));
        }
        return notes;
    }

    /** Where the whole document is; empty if this is the whole, or all there is. */
    public static Optional<Artifact> stored(ObjectNode findings) {
        JsonNode reference = findings == null ? null : findings.get(STORED);
        if (reference == null || !reference.path("uri").isTextual()) {
            return Optional.empty();
        }
        return Optional.of(new Artifact(
                reference.get("uri").asText(),
                reference.path("sha256").asText(null),
                reference.path("size").asLong(-1)));
    }

    /** A summary of a document that is stored whole. */
    public static ObjectNode summary(ObjectNode whole, Artifact stored) {
        ObjectNode summary = smallFields(whole, SUMMARY);
        summary.set(STORED, Json.mapper().valueToTree(stored));
        return summary;
    }

    /** What is left of a document or summary within so many bytes; a note tells what was dropped for good. */
    public static ObjectNode bounded(ObjectNode findings, int limit) {
        if (size(findings) <= limit) {
            return findings;
        }
        ObjectNode bounded = smallFields(findings, limit);
        JsonNode reference = findings.get(STORED);
        if (reference != null) {
            bounded.set(STORED, reference);
        } else {
            bounded.withArray(NOTES).add("findings of " + size(findings) + " bytes were left out");
        }
        return bounded;
    }

    /** Only the reference if there is one, else the document as it is: what a joining task needs. */
    public static ObjectNode reference(ObjectNode findings) {
        JsonNode reference = findings.get(STORED);
        return reference == null ? findings : findings.objectNode().set(STORED, reference);
    }

    /** Bytes of a value as JSON. */
    public static int size(Object value) {
        try {
            return Json.mapper().writeValueAsBytes(value).length;
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("cannot be written as JSON: " + e.getMessage(), e);
        }
    }

    /** The notes, and of the other fields the smallest that fit beside them, in their order. */
    private static ObjectNode smallFields(ObjectNode whole, int limit) {
        Set<String> fitting = new HashSet<>();
        ArrayNode notes = firstNotes(whole, limit / 2);
        int left = limit - (notes.isEmpty() ? 0 : size(notes) + NOTES.length() + 4);
        for (Map.Entry<String, Integer> field : whole.properties().stream()
                .filter(field ->
                        !field.getKey().equals(STORED) && !field.getKey().equals(NOTES))
                .map(field -> Map.entry(field.getKey(), size(field.getKey()) + size(field.getValue()) + 2))
                .sorted(Comparator.comparingInt(Map.Entry::getValue))
                .toList()) {
            left -= field.getValue();
            if (left >= 0) {
                fitting.add(field.getKey());
            }
        }
        ObjectNode summary = whole.objectNode();
        whole.properties().stream()
                .filter(field -> fitting.contains(field.getKey()))
                .forEach(field -> summary.set(field.getKey(), field.getValue()));
        if (!notes.isEmpty()) {
            summary.set(NOTES, notes);
        }
        return summary;
    }

    /** As many notes as there is room for, and how many more there are. */
    private static ArrayNode firstNotes(ObjectNode whole, int limit) {
        ArrayNode first = whole.arrayNode();
        List<String> notes = notes(whole);
        int left = limit;
        for (String note : notes) {
            left -= size(note) + 1;
            if (left < 0) {
                break;
            }
            first.add(note);
        }
        int more = notes.size() - first.size();
        return more == 0 || limit == 0 ? first : first.add("%d more notes are in the whole document".formatted(more));
    }
}
