package io.millrace.standalone.cli;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.ColumnData;
import com.github.freva.asciitable.HorizontalAlign;
import com.github.freva.asciitable.OverflowBehaviour;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.task.Evaluation;
import io.millrace.contracts.task.Evaluation.Latency;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All candidates of a job as a table, the original first; under it what the figures are of, and what has to be known of
 * single candidates ({@link CandidateNotes}).
 */
final class CandidateTable {
    private record Row(String id, String what, Evaluation figures, String standing, String reason) {}

    private static final String NOT_MEASURED = "-";
    private static final String NOT_COUNTED = "not counted";

    private final JobStatus job;
    private final CandidateNotes notes;

    private CandidateTable(JobStatus job) {
        this.job = job;
        this.notes = CandidateNotes.of(job);
    }

    static String of(JobStatus job) {
        return new CandidateTable(job).render();
    }

    private String render() {
        List<Row> rows = new ArrayList<>();
        if (job.original() != null) {
            rows.add(new Row("0" + notes.mark("0"), "original", job.original(), "", ""));
        }
        for (Candidate c : job.candidates()) {
            rows.add(new Row(
                    c.id() + notes.mark(c.id()) + (c.parent() == null ? "" : " < " + c.parent()),
                    c.label(),
                    c.evaluation(),
                    c.state().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                    c.reason() == null ? "" : c.reason()));
        }
        String metric = metric(job);
        String table = AsciiTable.getTable(
                AsciiTable.NO_BORDERS,
                rows,
                List.of(
                        text("id", 40, Row::id),
                        text("candidate", 52, Row::what),
                        figure(metric, e -> percent(e.metrics().get(metric))),
                        figure("MACs", e -> ratio(e.macs(), originals(Evaluation::macs))),
                        figure("params", e -> ratio(e.parameters(), originals(Evaluation::parameters))),
                        figure("bytes", e -> "%,d".formatted(e.bytes())),
                        figure("ms", CandidateTable::millis),
                        figure("original ms", this::originalMillis),
                        figure("speed", CandidateTable::speed),
                        text("", 40, Row::standing),
                        text("why", 60, Row::reason)));
        return table + "\n\n" + legend(metric) + notes.text();
    }

    /** The metric the job decides by. */
    static String metric(JobStatus job) {
        return job.spec() == null ? "top1" : job.spec().objective().metric();
    }

    /** What the figures are of. */
    private String legend(String metric) {
        return " " + metric + ": on the whole validation data; MACs, params: of one sample, as part of the original's; "
                + times() + "; -: not measured";
    }

    private String times() {
        List<String> conditions =
                latencies().map(CandidateTable::conditions).distinct().toList();
        if (conditions.isEmpty()) {
            return "no time was measured";
        }
        String how = conditions.size() == 1 ? conditions.get(0) : "of different batches, see below";
        return "ms: " + how + ", original ms: the original's in the same run, in turn; speed: original / candidate, "
                + "~ where they do not differ beyond the interval";
    }

    /** What a time is of. */
    static String conditions(Latency latency) {
        return "a batch of %d on %d threads".formatted(latency.batch(), latency.threads());
    }

    private Stream<Latency> latencies() {
        return job.candidates().stream()
                .map(Candidate::evaluation)
                .filter(Objects::nonNull)
                .map(Evaluation::latency)
                .filter(Objects::nonNull);
    }

    private Long originals(Function<Evaluation, Long> figure) {
        return job.original() == null ? null : figure.apply(job.original());
    }

    private static String millis(Evaluation figures) {
        return figures.latency() == null
                ? NOT_MEASURED
                : "%.2f".formatted(figures.latency().medianMillis());
    }

    /** The original's time beside a candidate; of the original itself, what it was beside all of them. */
    private String originalMillis(Evaluation figures) {
        if (figures != job.original()) {
            return figures.latency() == null
                    ? NOT_MEASURED
                    : "%.2f".formatted(figures.latency().originalMedianMillis());
        }
        if (latencies().map(CandidateTable::conditions).distinct().count() != 1) {
            return NOT_MEASURED;
        }
        return latencies()
                .mapToDouble(Latency::originalMedianMillis)
                .sorted()
                .mapToObj("%.2f"::formatted)
                .collect(Collectors.collectingAndThen(
                        Collectors.toList(),
                        all -> all.get(0).equals(all.get(all.size() - 1))
                                ? all.get(0)
                                : all.get(0) + " to " + all.get(all.size() - 1)));
    }

    private static String speed(Evaluation figures) {
        Latency latency = figures.latency();
        if (latency == null || latency.speedUp() == null) {
            return NOT_MEASURED;
        }
        return latency.tie() ? "~ " + latency.speed() : latency.speed();
    }

    private static ColumnData<Row> text(String header, int width, Function<Row, String> value) {
        return new Column()
                .header(header)
                .headerAlign(HorizontalAlign.LEFT)
                .dataAlign(HorizontalAlign.LEFT)
                .maxWidth(width, OverflowBehaviour.NEWLINE)
                .with(value);
    }

    private static ColumnData<Row> figure(String header, Function<Evaluation, String> value) {
        return new Column()
                .header(header)
                .headerAlign(HorizontalAlign.RIGHT)
                .dataAlign(HorizontalAlign.RIGHT)
                .with(row -> row.figures() == null ? NOT_MEASURED : value.apply(row.figures()));
    }

    static String percent(Double fraction) {
        return fraction == null || fraction.isNaN() ? NOT_MEASURED : "%.2f %%".formatted(fraction * 100);
    }

    static String ratio(Long part, Long whole) {
        return part == null || whole == null
                ? NOT_COUNTED
                : whole == 0 ? NOT_MEASURED : "%.3f".formatted((double) part / whole);
    }
}
