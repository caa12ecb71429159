package io.millrace.orchestrator.board;

import io.millrace.contracts.job.JobStatus;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * A few lines of each job, newest first, in memory: whole statuses may have megabytes and are parsed for a list only
 * once, when it is asked for the first time.
 */
@ApplicationScoped
public class JobSummaries {
    private static final Comparator<JobSummary> NEWEST_FIRST = Comparator.comparing(
                    JobSummary::submittedAt, Comparator.nullsFirst(Comparator.naturalOrder()))
            .reversed()
            .thenComparing(JobSummary::jobId);

    private final JobBoard board;
    private final Map<String, JobSummary> byId = new ConcurrentHashMap<>();
    private final NavigableSet<JobSummary> sorted = new ConcurrentSkipListSet<>(NEWEST_FIRST);
    private boolean complete;

    JobSummaries(JobBoard board) {
        this.board = board;
    }

    /** A job has a new status. */
    synchronized void seen(JobStatus status) {
        JobSummary now = JobSummary.of(status);
        JobSummary before = byId.put(status.jobId(), now);
        if (before != null) {
            sorted.remove(before);
        }
        sorted.add(now);
    }

    /** A job is forgotten. */
    synchronized void gone(String jobId) {
        JobSummary before = byId.remove(jobId);
        if (before != null) {
            sorted.remove(before);
        }
    }

    /**
     * A page of the list.
     *
     * @param after id of the last job of the page before; {@code null} for the first page. Of a job that is gone
     *     nothing follows
     * @throws JobBoard.BoardNotReadyException while the stream starts
     */
    public synchronized List<JobSummary> page(String after, int limit) {
        if (!complete) {
            board.all(JobSummary::of).forEach(summary -> {
                if (byId.putIfAbsent(summary.jobId(), summary) == null) {
                    sorted.add(summary);
                }
            });
            complete = true;
        } else {
            board.checkReady();
        }
        if (after == null) {
            return sorted.stream().limit(limit).toList();
        }
        JobSummary last = byId.get(after);
        return last == null
                ? List.of()
                : sorted.tailSet(last, false).stream().limit(limit).toList();
    }
}
