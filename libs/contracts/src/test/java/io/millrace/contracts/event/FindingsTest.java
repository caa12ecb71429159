package io.millrace.contracts.event;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.Json;
import io.millrace.contracts.task.Findings;
import org.junit.jupiter.api.Test;

class FindingsTest {
    private static final Artifact STORED = new Artifact("s3://millrace/results/a/findings.json", "0f", 5_000_000);

    private final ObjectNode whole = Json.mapper().createObjectNode().put("layers", 3);

    FindingsTest() {
        whole.put("table", "x".repeat(5_000_000));
        whole.putArray("notes").add("declined");
    }

    @Test
    void aSummaryHasTheSmallFieldsAndSaysWhereTheWholeIs() {
        ObjectNode summary = Findings.summary(whole, STORED);

        assertThat(summary.get("layers").asInt()).isEqualTo(3);
        assertThat(summary.has("table")).isFalse();
        assertThat(Findings.stored(summary)).contains(STORED);
        assertThat(Findings.reference(summary).properties()).hasSize(1);
    }

    @Test
    void whatIsDroppedForGoodIsNoted() {
        ObjectNode bounded = Findings.bounded(whole, Findings.KEPT);

        assertThat(Findings.size(bounded)).isLessThan(Findings.KEPT + 100);
        assertThat(bounded.get("notes")).hasSize(2);
        assertThat(bounded.get("notes").get(1).asText()).contains("bytes were left out");
        assertThat(Findings.stored(bounded)).isEmpty();
    }

    @Test
    void notesOutliveSmallerFields() {
        ObjectNode findings = Json.mapper().createObjectNode();
        for (int i = 0; i < 100; i++) {
            findings.put("field-" + i, i);
        }
        findings.putArray("notes")
                .add("the target was missed: " + "x".repeat(300))
                .add("reconstruction was dropped");

        ObjectNode bounded = Findings.bounded(findings, 1000);

        assertThat(Findings.notes(bounded)).hasSize(3).last().asString().contains("bytes were left out");
        assertThat(bounded.has("field-0")).isTrue();
        assertThat(bounded.has("field-99")).isFalse();
    }

    @Test
    void ofTooManyNotesTheFirstAreKeptAndTheOthersCounted() {
        ObjectNode findings = Json.mapper().createObjectNode();
        for (int i = 0; i < 100; i++) {
            findings.withArray("notes").add("the weights of layer " + i + " have grown");
        }

        assertThat(Findings.notes(Findings.summary(findings, STORED))).hasSize(100);
        assertThat(Findings.notes(Findings.bounded(Findings.summary(findings, STORED), Findings.KEPT)))
                .hasSizeBetween(20, 30)
                .startsWith("the weights of layer 0 have grown")
                .last()
                .asString()
                .matches("\\d+ more notes are in the whole document");
        assertThat(Findings.notes(Findings.bounded(findings, 0))).hasSize(1);
    }

    @Test
    void whatIsSmallStaysAsItIs() {
        ObjectNode small = Json.mapper().createObjectNode().put("a", 1);

        assertThat(Findings.bounded(small, Findings.KEPT)).isSameAs(small);
        assertThat(Findings.reference(small)).isSameAs(small);
    }
}
