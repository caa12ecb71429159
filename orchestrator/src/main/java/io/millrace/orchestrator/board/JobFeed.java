package io.millrace.orchestrator.board;

import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.job.JobStatus;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.infrastructure.Infrastructure;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** New statuses and news of all jobs, as they come, for those who follow. Nothing is kept for those who do not. */
@ApplicationScoped
public class JobFeed implements BoardListener {
    private final JobBoard board;
    private final JobSummaries summaries;
    private final Map<String, Set<Follower>> followers = new ConcurrentHashMap<>();

    JobFeed(JobBoard board, JobSummaries summaries) {
        this.board = board;
        this.summaries = summaries;
    }

    @Override
    public void status(JobStatus status) {
        summaries.seen(status);
        followersOf(status.jobId()).forEach(Follower::statusChanged);
    }

    @Override
    public void gone(String jobId) {
        summaries.gone(jobId);
    }

    /** Something was said about a job. */
    public void news(JobEvent.News news) {
        followersOf(news.jobId()).forEach(follower -> follower.said(news));
    }

    /**
     * A job as it is, and what becomes of it, up to its last status. Whoever is slow gets the newest status instead of
     * each, and is told how many news he missed. All work for him is done on worker threads.
     */
    public Multi<Follower.Update> of(String jobId) {
        return Multi.createFrom()
                .emitter(
                        emitter -> {
                            Follower follower = new Follower(
                                    () -> board.find(jobId), emitter, Infrastructure.getDefaultWorkerPool());
                            followers
                                    .computeIfAbsent(jobId, id -> ConcurrentHashMap.newKeySet())
                                    .add(follower);
                            emitter.onTermination(() -> forget(jobId, follower));
                            emitter.onRequest(wanted -> follower.wake());
                            follower.wake();
                        },
                        BackPressureStrategy.ERROR);
    }

    /** How many follow this job. */
    int followers(String jobId) {
        return followersOf(jobId).size();
    }

    private Set<Follower> followersOf(String jobId) {
        return followers.getOrDefault(jobId, Set.of());
    }

    private void forget(String jobId, Follower follower) {
        followers.computeIfPresent(jobId, (id, all) -> {
            all.remove(follower);
            return all.isEmpty() ? null : all;
        });
    }
}
