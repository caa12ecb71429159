package io.millrace.orchestrator.process;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Standing;
import io.millrace.contracts.task.Evaluation;
import io.millrace.contracts.task.Findings;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Candidates with one thing changed. */
final class Candidates {
    /** Of a candidate; what is beyond stands in the stored findings. */
    private static final int MOST_NOTES = 12;

    private static final int LONGEST_NOTE = 500;

    private Candidates() {}

    static Candidate standing(Candidate c, Standing standing, String reason) {
        return copy(c, c.label(), c.parameters(), c.findings(), c.model(), c.evaluation(), standing, reason, c.notes());
    }

    static Candidate evaluated(Candidate c, Evaluation evaluation) {
        return copy(
                c, c.label(), c.parameters(), c.findings(), c.model(), evaluation, Standing.EVALUATED, null, c.notes());
    }

    static Candidate remade(Candidate c, Artifact model, String parameterName, ObjectNode parameters) {
        ObjectNode all = c.parameters().deepCopy();
        all.set(parameterName, parameters);
        return copy(c, c.label(), all, c.findings(), model, c.evaluation(), c.state(), c.reason(), c.notes());
    }

    /** With a label that says what was not done. */
    static Candidate without(Candidate c, String step) {
        String label = c.label() + ", not " + step;
        return copy(
                c, label, c.parameters(), c.findings(), c.model(), c.evaluation(), c.state(), c.reason(), c.notes());
    }

    /** With more that has to be known of it, each thing once. */
    static Candidate noted(Candidate c, List<String> more) {
        List<String> all = new ArrayList<>(c.notes());
        for (String note : more) {
            String shown = note.length() <= LONGEST_NOTE ? note : note.substring(0, LONGEST_NOTE) + " ...";
            if (all.size() == MOST_NOTES && !all.contains(shown)) {
                all.add("there are more notes in its findings");
            }
            if (all.size() < MOST_NOTES && !all.contains(shown)) {
                all.add(shown);
            }
        }
        return copy(c, c.label(), c.parameters(), c.findings(), c.model(), c.evaluation(), c.state(), c.reason(), all);
    }

    /** With what a stage found: a summary, and the address of the whole if it is stored. */
    static Candidate found(Candidate c, String stage, ObjectNode findings) {
        if (findings.isEmpty()) {
            return c;
        }
        Map<String, ObjectNode> all = new LinkedHashMap<>(c.findings());
        all.put(stage, Findings.bounded(findings, Findings.KEPT));
        return copy(c, c.label(), c.parameters(), all, c.model(), c.evaluation(), c.state(), c.reason(), c.notes());
    }

    /** With what a stage found while it made several models: the first sibling has the summary, for all of them. */
    static Candidate foundWith(Candidate c, String first, String stage, ObjectNode findings) {
        if (c.id().equals(first) || Findings.size(findings) <= Findings.SMALL) {
            return found(c, stage, findings);
        }
        ObjectNode reference = Findings.reference(findings);
        if (reference == findings) {
            reference = findings.objectNode();
            reference.putArray(Findings.NOTES).add("the findings are those of " + first);
        }
        return found(c, stage, reference);
    }

    private static Candidate copy(
            Candidate c,
            String label,
            ObjectNode parameters,
            Map<String, ObjectNode> findings,
            Artifact model,
            Evaluation evaluation,
            Standing standing,
            String reason,
            List<String> notes) {
        return new Candidate(
                c.id(),
                c.parent(),
                c.round(),
                c.quantized(),
                label,
                c.method(),
                parameters,
                findings,
                model,
                evaluation,
                standing,
                reason,
                notes);
    }
}
