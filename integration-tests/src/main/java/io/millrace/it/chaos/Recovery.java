package io.millrace.it.chaos;

import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.it.chaos.EventLog.Entry;
import io.millrace.it.chaos.Jobs.Job;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How long jobs stood still after a mishap: each job that was open at that moment, until it moved on by a task that was
 * completed or by news of the job. Waiting for a free worker is in it, and what later mishaps add.
 */
public final class Recovery {
    private final Map<String, List<Instant>> moves;
    private final Collection<Job> jobs;
    private final Map<String, List<Duration>> times = new TreeMap<>();

    Recovery(EventLog log, Collection<Job> jobs) {
        this.jobs = jobs;
        this.moves = log.entries().stream()
                .filter(entry ->
                        entry.message() instanceof TaskEvent.Completed || entry.message() instanceof JobEvent.News)
                .collect(Collectors.groupingBy(
                        entry -> entry.message().jobId(), Collectors.mapping(Entry::at, Collectors.toList())));
    }

    void add(String sort, Instant struck) {
        List<Duration> standstills = times.computeIfAbsent(sort, s -> new ArrayList<>());
        jobs.stream()
                .filter(job -> job.at().isBefore(struck))
                .flatMap(job -> nextMove(job, struck).stream())
                .forEach(next -> standstills.add(Duration.between(struck, next)));
    }

    /** One line for each sort of mishap. */
    String table() {
        StringBuilder table = new StringBuilder(String.format(
                "%-42s %5s %9s %9s %9s%n", "how long jobs stood still after", "jobs", "median", "95 %", "worst"));
        times.forEach((sort, all) -> table.append(line(sort, all)));
        List<Duration> every = times.values().stream().flatMap(List::stream).toList();
        return table.append(line("all", every)).toString();
    }

    private Optional<Instant> nextMove(Job job, Instant after) {
        return moves.getOrDefault(job.id(), List.of()).stream()
                .filter(at -> at.isAfter(after))
                .min(Instant::compareTo);
    }

    private static String line(String sort, List<Duration> all) {
        if (all.isEmpty()) {
            return "";
        }
        List<Duration> sorted = new ArrayList<>(all);
        Collections.sort(sorted);
        return String.format(
                Locale.ROOT,
                "%-42s %5d %7.1f s %7.1f s %7.1f s%n",
                sort,
                sorted.size(),
                seconds(sorted, 0.5),
                seconds(sorted, 0.95),
                seconds(sorted, 1));
    }

    private static double seconds(List<Duration> sorted, double quantile) {
        int index = (int) Math.ceil(quantile * sorted.size()) - 1;
        return sorted.get(Math.max(0, index)).toMillis() / 1000.0;
    }
}
