package io.millrace.standalone.cli;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.ColumnData;
import com.github.freva.asciitable.HorizontalAlign;
import io.millrace.contracts.Json;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.State;
import io.millrace.contracts.job.JobStatus.TaskStatus;
import io.millrace.contracts.task.Progress;
import io.millrace.orchestrator.board.JobSummary;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code millrace status}. */
@Command(name = "status", description = "Shows one job, or lists them all.", mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    @Mixin
    private Installation installation;

    @Parameters(paramLabel = "JOB", arity = "0..1", description = "Id of the job; without it all jobs are listed.")
    private String jobId;

    @Option(names = "--json", description = "Print JSON.")
    private boolean asJson;

    @Override
    public Integer call() throws Exception {
        MillraceClient client = installation.client();
        if (jobId == null) {
            print(client.jobs());
            return 0;
        }
        JobStatus job = client.requireStatus(jobId);
        if (asJson) {
            System.out.println(Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(job));
        } else {
            System.out.println(job.jobId() + "  " + job.name() + "  "
                    + job.phase().name().toLowerCase() + (job.reason() == null ? "" : ": " + job.reason()));
            System.out.println(
                    job.original() == null && job.candidates().isEmpty()
                            ? "nothing is measured yet"
                            : CandidateTable.of(job));
            job.tasks().stream()
                    .filter(task -> task.state() != State.FAILED)
                    .forEach(task -> System.out.println("  at work: " + at(task)));
        }
        return job.phase().ended() ? ExitCodes.of(job) : 0;
    }

    private static String at(TaskStatus task) {
        Progress progress = task.progress();
        if (task.state() != State.RUNNING) {
            return ProgressView.name(task) + ", waits for a worker";
        }
        String counts = progress == null || progress.total() == 0 ? "" : " " + progress.done() + "/" + progress.total();
        return ProgressView.name(task) + (progress == null ? "" : ": " + progress.doing() + counts);
    }

    private void print(List<JobSummary> jobs) throws Exception {
        if (asJson) {
            System.out.println(Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(jobs));
            return;
        }
        if (jobs.isEmpty()) {
            System.out.println("no jobs yet; `millrace submit job.yaml` submits one");
            return;
        }
        System.out.println(AsciiTable.getTable(
                AsciiTable.NO_BORDERS,
                jobs,
                List.of(
                        column("job", JobSummary::jobId),
                        column("name", JobSummary::name),
                        column("phase", j -> j.phase().name().toLowerCase()),
                        column("round", j -> j.round() + "/" + j.rounds()),
                        column("candidates", j -> Integer.toString(j.candidates())),
                        column("submitted", j -> String.valueOf(j.submittedAt())))));
    }

    private static ColumnData<JobSummary> column(String header, Function<JobSummary, String> value) {
        return new Column()
                .header(header)
                .headerAlign(HorizontalAlign.LEFT)
                .dataAlign(HorizontalAlign.LEFT)
                .with(value);
    }
}
