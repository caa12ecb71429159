package io.millrace.standalone.cli;

import io.millrace.contracts.job.JobStatus;
import io.millrace.orchestrator.rest.JobFilesResource.Named;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What a job has come to: in the terminal, and on the user's disk. */
final class Results {
    private static final List<String> MODELS = List.of("chosen.onnx", "chosen.int8.onnx");
    private static final List<String> REPORTS = List.of("report.html", "report.json");

    private Results() {}

    /** Shows every candidate; {@link JobVerdict} has the last word. */
    static void show(JobStatus job, PrintStream print) {
        print.println();
        if (job.original() != null) {
            print.println(CandidateTable.of(job));
            print.println();
        }
        if (job.reusedTasks() > 0) {
            print.println("%d of %d tasks were not worked again: their results were there already."
                    .formatted(job.reusedTasks(), job.finishedTasks()));
        }
    }

    /**
     * Saves the chosen models and the report in a folder of the job's name, and says where. A job that ended without a
     * model has a folder of its own, so that it takes nothing from an earlier one of its name.
     */
    static void save(MillraceClient client, JobStatus job, Path out, PrintStream print)
            throws IOException, InterruptedException {
        Downloads downloads = client.downloads(job.jobId());
        boolean made = job.chosen() != null || job.chosenQuantized() != null;
        String name = folderName(job.name());
        Path folder = out.resolve(made ? name : name + "-" + job.jobId())
                .toAbsolutePath()
                .normalize();
        Files.createDirectories(folder);
        for (String model : MODELS) {
            Files.deleteIfExists(folder.resolve(model));
        }
        for (Named file : downloads.list()) {
            if (MODELS.stream()
                    .anyMatch(model -> file.name().equals(model) || file.name().startsWith(model + "/"))) {
                Path target = folder.resolve(file.name()).normalize();
                if (!target.startsWith(folder)) {
                    throw new UserException("the installation names a file outside the folder: " + file.name());
                }
                Files.createDirectories(target.getParent());
                downloads.model(file, target);
                print.println("%-16s %s"
                        .formatted(file.name().contains("int8") ? "quantized model" : "chosen model", target));
            }
        }
        for (String report : REPORTS) {
            downloads.report(report, folder.resolve(report));
            print.println("%-16s %s".formatted(report.equals("report.html") ? "report" : "", folder.resolve(report)));
        }
    }

    private static String folderName(String jobName) {
        String safe = jobName == null ? "" : jobName.replaceAll("[^A-Za-z0-9._-]+", "-");
        return safe.isEmpty() || safe.startsWith(".") ? "job" : safe;
    }
}
