package io.millrace.standalone.cli;

import io.millrace.contracts.job.JobStatus;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace download}. */
@Command(
        name = "download",
        description = "Saves what a job has made: the chosen models and the report.",
        mixinStandardHelpOptions = true)
final class DownloadCommand implements Callable<Integer> {
    @Mixin
    private Installation installation;

    @Parameters(paramLabel = "JOB", description = "Id of the job.")
    private String jobId;

    @Option(
            names = "--out",
            description = "Folder for results (default: ${DEFAULT-VALUE}/<job>).",
            defaultValue = "millrace-out")
    private Path out;

    @Override
    public Integer call() throws Exception {
        MillraceClient client = installation.client();
        JobStatus job = client.requireStatus(jobId);
        if (!job.phase().ended()) {
            throw new UserException("job " + jobId + " has not ended; `millrace watch " + jobId + "` waits for it");
        }
        Results.save(client, job, out, System.out);
        System.out.println(JobVerdict.of(job));
        return ExitCodes.of(job);
    }
}
