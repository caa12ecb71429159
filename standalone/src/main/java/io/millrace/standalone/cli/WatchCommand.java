package io.millrace.standalone.cli;

import io.millrace.contracts.job.JobStatus;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code millrace watch}. */
@Command(name = "watch", description = "Shows a job as it happens, until it ends.", mixinStandardHelpOptions = true)
final class WatchCommand implements Callable<Integer> {
    @Mixin
    private Installation installation;

    @Parameters(paramLabel = "JOB", description = "Id of the job.")
    private String jobId;

    @Override
    public Integer call() throws Exception {
        MillraceClient client = installation.client();
        client.requireStatus(jobId);
        JobStatus ended = new JobWatcher(client, System.out).watch(jobId);
        Results.show(ended, System.out);
        System.out.println(JobVerdict.of(ended));
        return ExitCodes.of(ended);
    }
}
