package io.millrace.standalone.cli;

import io.millrace.contracts.job.JobStatus;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace submit}. */
@Command(
        name = "submit",
        description = "Submits a job to a running installation; local files in it are uploaded.",
        mixinStandardHelpOptions = true)
final class SubmitCommand implements Callable<Integer> {
    @Mixin
    private Installation installation;

    @Parameters(paramLabel = "JOB.YAML", description = "The job; paths in it are relative to it.")
    private Path file;

    @Option(names = "--watch", description = "Watch it to its end.")
    private boolean watch;

    @Override
    public Integer call() throws Exception {
        JobFile job = JobFile.read(file);
        MillraceClient client = installation.client();
        String jobId = client.submit(job.upload(client.uploads(), System.err));
        System.out.println(jobId);
        if (!watch) {
            return 0;
        }
        JobStatus ended = new JobWatcher(client, System.out).watch(jobId);
        Results.show(ended, System.out);
        System.out.println(JobVerdict.of(ended));
        return ExitCodes.of(ended);
    }
}
