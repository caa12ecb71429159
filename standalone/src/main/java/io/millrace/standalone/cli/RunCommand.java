package io.millrace.standalone.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.job.JobStatus;
import io.millrace.standalone.server.AllInOne;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
            "2:the command line or the job file is wrong",
            "3:the job failed"
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
        System.out.println("Starting Kafka, S3 and the services ...");
        try (AllInOne millrace = AllInOne.start(state.toAbsolutePath(), port)) {
            MillraceClient client = new MillraceClient(millrace.address());
            cancelInterrupted(client);
            try (StoreAccess store = StoreAccess.fromSettings()) {
                ObjectNode spec = job.upload(store, System.out);
                String jobId = client.submit(spec);
                Files.writeString(marker(), jobId);
                System.out.println("Job " + jobId + " (" + job.name() + ")");
                JobStatus ended = new JobWatcher(client, System.out).watch(jobId);
                Files.deleteIfExists(marker());
                new Results(client, store, out).save(ended, System.out);
                return ExitCodes.of(ended);
            }
        }
    }

    /** A run that was stopped half-way left its job in work; it must not compete with this one. Its results stay. */
    private void cancelInterrupted(MillraceClient client) throws IOException, InterruptedException {
        if (!Files.exists(marker())) {
            return;
        }
        String left = Files.readString(marker());
        if (client.status(left).filter(job -> !job.phase().ended()).isPresent()) {
            client.cancel(left);
            System.out.println(
                    "Cancelled job " + left + ", which an interrupted run left; what it finished is reused.");
        }
        Files.delete(marker());
    }

    private Path marker() {
        return state.resolve("run.job");
    }
}
