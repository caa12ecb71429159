package io.millrace.orchestrator.process;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Standing;
import io.millrace.contracts.task.Evaluation;
import io.millrace.contracts.task.Findings;
import java.util.LinkedHashMap;
import java.util.Map;

/** Candidates with one thing changed. */
final class Candidates {
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

    /** With what a stage found: a summary, and the address of the whole if it is stored. */
    static Candidate found(Candidate c, String stage, ObjectNode findings) {
        if (findings.isEmpty()) {
            return c;
        }
        Map<String, ObjectNode> all = new LinkedHashMap<>(c.findings());
        all.put(stage, Findings.bounded(findings, Findings.KEPT));
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

    /** With what a stage found while it made several models: the first sibling has the summary, for all of them. */
    static Candidate foundWith(Candidate c, String first, String stage, ObjectNode findings) {
        if (c.id().equals(first) || Findings.size(findings) <= Findings.SMALL) {
            return found(c, stage, findings);
        }
        ObjectNode reference = Findings.reference(findings);
        if (reference == findings) {
            reference = findings.objectNode();
            reference.putArray("notes").add("the findings are those of " + first);
        }
        return found(c, stage, reference);
    }
}
