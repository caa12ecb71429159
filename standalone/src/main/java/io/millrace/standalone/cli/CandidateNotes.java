package io.millrace.standalone.cli;

import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.State;
import io.millrace.contracts.task.Evaluation;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What has to be known of single candidates, each thing once with the ids of those it is about: what the stages that made
 * them say, what is to be known of their figures, and why some are missing. Of the original and of the chosen ones in
 * full, of the others the beginning: the report has them all.
 */
final class CandidateNotes {
    private static final int SHORT = 110;
    private static final int FEW = 3;

    /** Ids by note. */
    private final Map<String, Set<String>> whose = new LinkedHashMap<>();

    private final JobStatus job;

    private CandidateNotes(JobStatus job) {
        this.job = job;
    }

    static CandidateNotes of(JobStatus job) {
        CandidateNotes notes = new CandidateNotes(job);
        boolean sameConditions = job.candidates().stream()
                        .map(Candidate::evaluation)
                        .filter(e -> e != null && e.latency() != null)
                        .map(e -> CandidateTable.conditions(e.latency()))
                        .distinct()
                        .count()
                <= 1;
        if (job.original() != null) {
            remarks(job.original(), true).forEach(remark -> notes.add("0", remark));
        }
        for (Candidate candidate : job.candidates()) {
            List<String> all = Stream.concat(
                            candidate.notes().stream(), remarks(candidate.evaluation(), sameConditions))
                    .distinct()
                    .toList();
            boolean whole = notes.isWhole(candidate.id());
            all.stream().limit(whole ? Long.MAX_VALUE : FEW).forEach(remark -> notes.add(candidate.id(), remark));
            if (!whole && all.size() > FEW) {
                notes.add(candidate.id(), "the report has " + (all.size() - FEW) + " more notes");
            }
        }
        return notes;
    }

    private void add(String id, String note) {
        whose.computeIfAbsent(note, key -> new LinkedHashSet<>()).add(id);
    }

    private boolean isWhole(String id) {
        return id.equals("0") || id.equals(job.chosen()) || id.equals(job.chosenQuantized());
    }

    private static Stream<String> remarks(Evaluation figures, boolean sameConditions) {
        if (figures == null) {
            return Stream.empty();
        }
        Stream<String> time = Stream.ofNullable(figures.latency())
                .flatMap(latency -> Stream.of(
                        sameConditions ? null : "ms of " + CandidateTable.conditions(latency),
                        latency.unmeasured() == null ? null : "no speed: " + latency.unmeasured()))
                .filter(Objects::nonNull);
        return Stream.concat(figures.notes().stream(), time);
    }

    /** {@code *} for one that has a note. */
    String mark(String id) {
        return whose.values().stream().anyMatch(ids -> ids.contains(id)) ? "*" : "";
    }

    /** A line each. */
    String text() {
        Stream<String> ofCandidates = whose.entrySet().stream()
                .map(note -> String.join(", ", note.getValue()) + ": "
                        + (note.getValue().stream().anyMatch(this::isWhole)
                                ? note.getKey()
                                : shortened(note.getKey())));
        Stream<String> ofTasks = job.tasks().stream()
                .filter(task -> task.state() == State.FAILED)
                .map(task -> (task.label() == null ? task.stage() + " " + task.action() : task.label())
                        + " came to nothing: " + task.failure())
                .distinct();
        return Stream.concat(ofCandidates, ofTasks).map(line -> "\n * " + line).collect(Collectors.joining());
    }

    private static String shortened(String note) {
        return note.length() <= SHORT ? note : note.substring(0, SHORT) + " ...";
    }
}
