package io.millrace.orchestrator.process;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Standing;
import io.millrace.contracts.task.Evaluation;
import java.util.LinkedHashMap;
import java.util.Map;

/** Candidates with one thing changed. */
final class Candidates {
    /** Larger findings are not kept in the state; the stage's result manifest still has them. */
    private static final int MAX_FINDINGS = 512 * 1024;

    private Candidates() {}

    static Candidate standing(Candidate c, Standing standing, String reason) {
        return new Candidate(
                c.id(),
                c.parent(),
                c.round(),
                c.quantized(),
                c.label(),
                c.method(),
                c.parameters(),
                c.findings(),
                c.model(),
                c.evaluation(),
                standing,
                reason);
    }

    static Candidate evaluated(Candidate c, Evaluation evaluation) {
        return new Candidate(
                c.id(),
                c.parent(),
                c.round(),
                c.quantized(),
                c.label(),
                c.method(),
                c.parameters(),
                c.findings(),
                c.model(),
                evaluation,
                Standing.EVALUATED,
                null);
    }

    static Candidate remade(Candidate c, Artifact model, String parameterName, ObjectNode parameters) {
        ObjectNode all = c.parameters().deepCopy();
        all.set(parameterName, parameters);
        return new Candidate(
                c.id(),
                c.parent(),
                c.round(),
                c.quantized(),
                c.label(),
                c.method(),
                all,
                c.findings(),
                model,
                c.evaluation(),
                c.state(),
                c.reason());
    }

    static Candidate found(Candidate c, String stage, ObjectNode findings) {
        if (findings.isEmpty()) {
            return c;
        }
        Map<String, ObjectNode> all = new LinkedHashMap<>(c.findings());
        all.put(stage, bounded(findings));
        return new Candidate(
                c.id(),
                c.parent(),
                c.round(),
                c.quantized(),
                c.label(),
                c.method(),
                c.parameters(),
                all,
                c.model(),
                c.evaluation(),
                c.state(),
                c.reason());
    }

    private static ObjectNode bounded(ObjectNode findings) {
        int length = findings.toString().length();
        if (length <= MAX_FINDINGS) {
            return findings;
        }
        ObjectNode note = findings.objectNode();
        note.putArray("notes").add("findings of " + length + " characters left out");
        return note;
    }
}
