package io.millrace.standalone.cli;

import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Candidate;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Brings what a job has made to the user's disk, and says where it is. */
final class Results {
    private final MillraceClient client;
    private final StoreAccess store;
    private final Path out;

    Results(MillraceClient client, StoreAccess store, Path out) {
        this.client = client;
        this.store = store;
        this.out = out;
    }

    void save(JobStatus job, PrintStream print) throws IOException, InterruptedException {
        Path folder = out.resolve(folderName(job.name())).toAbsolutePath().normalize();
        Files.createDirectories(folder);
        print.println();
        if (job.original() != null) {
            print.println(CandidateTable.of(job));
            print.println();
        }
        print.println(verdict(job));
        if (job.reusedTasks() > 0) {
            print.println("%d of %d tasks were not worked again: their results were there already."
                    .formatted(job.reusedTasks(), job.finishedTasks()));
        }
        save(job, job.chosen(), folder.resolve("chosen.onnx"), "chosen model", print);
        save(job, job.chosenQuantized(), folder.resolve("chosen.int8.onnx"), "quantized model", print);
        for (String report : new String[] {"report.html", "report.json"}) {
            client.saveReport(job.jobId(), report, folder.resolve(report));
            print.println("%-16s %s".formatted(report.equals("report.html") ? "report" : "", folder.resolve(report)));
        }
    }

    private void save(JobStatus job, String candidateId, Path file, String what, PrintStream print) throws IOException {
        Files.deleteIfExists(file);
        for (Candidate candidate : job.candidates()) {
            if (candidate.id().equals(candidateId)) {
                store.download(candidate.model(), file);
                print.println("%-16s %s".formatted(what, file));
            }
        }
    }

    private static String verdict(JobStatus job) {
        String reason = job.reason() == null ? "" : ": " + job.reason();
        return switch (job.phase()) {
            case COMPLETED ->
                (Boolean.TRUE.equals(job.objectiveMet()) ? "The objective was met" : "The objective was not met")
                        + reason;
            case FAILED -> "The job failed" + reason;
            case CANCELLED -> "The job was cancelled" + reason;
            case RUNNING -> "The job is still running";
        };
    }

    private static String folderName(String jobName) {
        String safe = jobName == null ? "" : jobName.replaceAll("[^A-Za-z0-9._-]+", "-");
        return safe.isEmpty() || safe.startsWith(".") ? "job" : safe;
    }
}
