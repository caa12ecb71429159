package io.millrace.standalone.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code millrace cancel}. */
@Command(
        name = "cancel",
        description = "Cancels a job; what it has finished stays for later jobs.",
        mixinStandardHelpOptions = true)
final class CancelCommand implements Callable<Integer> {
    @Mixin
    private Installation installation;

    @Parameters(paramLabel = "JOB", description = "Id of the job.")
    private String jobId;

    @Override
    public Integer call() throws Exception {
        installation.client().cancel(jobId);
        return 0;
    }
}
