package io.millrace.standalone.cli;

import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.contracts.job.JobStatus.Standing;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code millrace cancel}. */
@Command(
        name = "cancel",
        description = "Cancels a job; what it has finished stays for later jobs.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {"0:the job is cancelled, or was so already", "2:there is no such job, or it has ended otherwise"
        })
final class CancelCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(15);
    private static final Duration POLL = Duration.ofMillis(200);

    @Mixin
    private Installation installation;

    @Parameters(paramLabel = "JOB", description = "Id of the job.")
    private String jobId;

    @Override
    public Integer call() throws Exception {
        MillraceClient client = installation.client();
        JobStatus before = client.requireStatus(jobId);
        if (before.phase() == Phase.CANCELLED) {
            System.out.println("job " + jobId + " was cancelled already, at " + before.endedAt());
            return 0;
        }
        checkRunning(before);
        client.cancel(jobId);
        JobStatus after = ended(client);
        if (!after.phase().ended()) {
            System.out.println("job " + jobId + " is to be cancelled, and has not ended yet; `millrace status " + jobId
                    + "` tells when");
            return 0;
        }
        if (after.phase() != Phase.CANCELLED) {
            checkRunning(after);
        }
        System.out.printf(
                "cancelled job %s (%s): %d open tasks were given up; %d candidates are measured, %d were not finished%n",
                jobId,
                after.name(),
                before.openTasks(),
                after.candidates().stream().filter(c -> c.evaluation() != null).count(),
                after.candidates().stream()
                        .filter(c -> c.evaluation() == null && c.state() == Standing.DROPPED)
                        .count());
        return 0;
    }

    private void checkRunning(JobStatus job) {
        if (job.phase().ended()) {
            throw new UserException("job %s has ended already (%s, at %s): there is nothing to cancel"
                    .formatted(jobId, job.phase().name().toLowerCase(Locale.ROOT), job.endedAt()));
        }
    }

    private JobStatus ended(MillraceClient client) throws IOException, InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        JobStatus status = client.requireStatus(jobId);
        while (!status.phase().ended() && System.nanoTime() < until) {
            Thread.sleep(POLL.toMillis());
            status = client.requireStatus(jobId);
        }
        return status;
    }
}
