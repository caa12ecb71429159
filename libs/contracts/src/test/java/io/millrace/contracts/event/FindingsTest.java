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
    void whatIsSmallStaysAsItIs() {
        ObjectNode small = Json.mapper().createObjectNode().put("a", 1);

        assertThat(Findings.bounded(small, Findings.KEPT)).isSameAs(small);
        assertThat(Findings.reference(small)).isSameAs(small);
    }
}
