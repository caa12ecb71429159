package io.millrace.standalone.cli;

import io.millrace.contracts.job.JobStatus;
import io.millrace.standalone.server.AllInOne;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace run}: starts everything, runs one job, fetches its results, stops. */
@Command(
        name = "run",
        description = "Runs a job in this JVM, from its file to the chosen model.",
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "Exit codes:%n",
        exitCodeList = {
            "0:the objective was met",
            "1:the job ended, but nothing met the objective",
            "2:the command line, the job file, or something around it is wrong",
            "3:the job failed",
            "130:Ctrl-C"
        })
final class RunCommand implements Callable<Integer> {
    @Parameters(paramLabel = "JOB.YAML", description = "The job; paths in it are relative to it.")
    private Path file;

    @Option(
            names = "--out",
            description = "Folder for results (default: ${DEFAULT-VALUE}/<job>).",
            defaultValue = "millrace-out")
    private Path out;

    @Option(
            names = "--state",
            description = "Folder for all state (default: ${DEFAULT-VALUE}).",
            defaultValue = ".millrace")
    private Path state;

    @Option(names = "--port", description = "Port of REST; 0 for any (default).", defaultValue = "0")
    private int port;

    @Override
    public Integer call() throws Exception {
        JobFile job = JobFile.read(file);
        Files.createDirectories(out);
        System.out.println("Starting Kafka, S3 and the services ...");
        try (AllInOne millrace = AllInOne.start(new AllInOne.Options(state.toAbsolutePath(), port, 0, 0))) {
            MillraceClient client = new MillraceClient(millrace.address(), null);
            cancelInterrupted(client);
            String jobId = client.submit(job.upload(client.uploads(), System.out));
            Files.writeString(marker(), jobId);
            System.out.println("Job " + jobId + " (" + job.name() + ")");
            JobStatus ended = watch(client, jobId);
            Files.deleteIfExists(marker());
            Results.show(ended, System.out);
            Results.save(client, ended, out, System.out);
            System.out.println(JobVerdict.of(ended));
            return ExitCodes.of(ended);
        }
    }

    /** Who interrupts it no longer wants the job; what was finished stays for the next run. */
    private static JobStatus watch(MillraceClient client, String jobId) throws IOException, InterruptedException {
        try {
            return new JobWatcher(client, System.out).watch(jobId);
        } catch (InterruptedException e) {
            client.cancel(jobId);
            throw e;
        }
    }

    /** A run that was stopped half-way left its job in work; it must not compete with this one. Its results stay. */
    private void cancelInterrupted(MillraceClient client) throws IOException, InterruptedException {
        if (!Files.exists(marker())) {
            return;
        }
        String left = Files.readString(marker()).strip();
        if (awaited(client, left).filter(job -> !job.phase().ended()).isPresent()) {
            client.cancel(left);
            System.out.println(
                    "Cancelled job " + left + ", which an interrupted run left; what it finished is reused.");
        }
        Files.delete(marker());
    }

    /** The status of a job that may have been submitted right before the end, so that nobody has accepted it yet. */
    private static Optional<JobStatus> awaited(MillraceClient client, String jobId)
            throws IOException, InterruptedException {
        Optional<JobStatus> status = client.status(jobId);
        for (int tries = 0; status.isEmpty() && tries < 20; tries++) {
            Thread.sleep(500);
            status = client.status(jobId);
        }
        return status;
    }

    private Path marker() {
        return state.resolve("run.job");
    }
}
