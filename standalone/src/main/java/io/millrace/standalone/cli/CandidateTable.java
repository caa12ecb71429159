package io.millrace.standalone.cli;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.ColumnData;
import com.github.freva.asciitable.HorizontalAlign;
import com.github.freva.asciitable.OverflowBehaviour;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.task.Evaluation;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** All candidates of a job as a table, the original first. */
final class CandidateTable {
    private record Row(String id, String what, Evaluation figures, String standing, String reason) {}

    private final JobStatus job;

    private CandidateTable(JobStatus job) {
        this.job = job;
    }

    static String of(JobStatus job) {
        return new CandidateTable(job).render();
    }

    private String render() {
        List<Row> rows = new ArrayList<>();
        if (job.original() != null) {
            rows.add(new Row("0", "original", job.original(), "", ""));
        }
        for (Candidate c : job.candidates()) {
            rows.add(new Row(
                    c.id() + (c.parent() == null ? "" : " < " + c.parent()),
                    c.label(),
                    c.evaluation(),
                    c.state().name().toLowerCase().replace('_', ' '),
                    c.reason() == null ? "" : c.reason()));
        }
        String metric = job.spec() == null ? "top1" : job.spec().objective().metric();
        return AsciiTable.getTable(
                AsciiTable.NO_BORDERS,
                rows,
                List.of(
                        text("id", Row::id),
                        text("candidate", Row::what),
                        figure(metric, e -> percent(e.metrics().get(metric))),
                        figure("MACs", e -> ratio(e.macs(), job.original().macs())),
                        figure(
                                "params",
                                e -> ratio(e.parameters(), job.original().parameters())),
                        figure("bytes", e -> "%,d".formatted(e.bytes())),
                        figure(
                                "ms",
                                e -> e.latency() == null
                                        ? ""
                                        : "%.2f".formatted(e.latency().medianMillis())),
                        figure(
                                "speed",
                                e -> e.latency() == null ? "" : e.latency().speed()),
                        text("", Row::standing),
                        new Column()
                                .header("why")
                                .headerAlign(HorizontalAlign.LEFT)
                                .dataAlign(HorizontalAlign.LEFT)
                                .maxWidth(60, OverflowBehaviour.NEWLINE)
                                .with(Row::reason)));
    }

    private static ColumnData<Row> text(String header, Function<Row, String> value) {
        return new Column()
                .header(header)
                .headerAlign(HorizontalAlign.LEFT)
                .dataAlign(HorizontalAlign.LEFT)
                .maxWidth(40)
                .with(value);
    }

    private static ColumnData<Row> figure(String header, Function<Evaluation, String> value) {
        return new Column()
                .header(header)
                .headerAlign(HorizontalAlign.RIGHT)
                .dataAlign(HorizontalAlign.RIGHT)
                .with(row -> row.figures() == null ? "" : value.apply(row.figures()));
    }

    static String percent(Double fraction) {
        return fraction == null ? "" : "%.2f %%".formatted(fraction * 100);
    }

    static String ratio(long part, long whole) {
        return whole == 0 ? "" : "%.3f".formatted((double) part / whole);
    }
}
