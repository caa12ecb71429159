package io.millrace.orchestrator.board;

import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.job.JobStatus;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.operators.multi.processors.BroadcastProcessor;
import jakarta.enterprise.context.ApplicationScoped;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** New statuses and news of all jobs, as they come, for those who watch. Nothing is kept for those who do not. */
@ApplicationScoped
public class JobFeed {
    private final BroadcastProcessor<Message> messages = BroadcastProcessor.create();

    /** A job's status has changed. */
    public void status(JobStatus status) {
        messages.onNext(status);
    }

    @Incoming("job-news")
    void news(Message message) {
        if (message instanceof JobEvent.News) {
            messages.onNext(message);
        }
    }

    /** What is said of a job from now on; a slow watcher misses what it cannot take. */
    public Multi<Message> of(String jobId) {
        return messages.filter(message -> message.jobId().equals(jobId))
                .onOverflow()
                .buffer(256)
                .onFailure()
                .recoverWithCompletion();
    }
}
