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
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All candidates of a job as a table, the original first; under it what the figures are of, what has to be known of
 * some, and why some are missing.
 */
final class CandidateTable {
    private record Row(String id, String what, Evaluation figures, String standing, String reason) {}

    private static final String NOT_MEASURED = "-";

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
            rows.add(new Row("0" + mark(job.original()), "original", job.original(), "", ""));
        }
        for (Candidate c : job.candidates()) {
            rows.add(new Row(
                    c.id() + mark(c.evaluation()) + (c.parent() == null ? "" : " < " + c.parent()),
                    c.label(),
                    c.evaluation(),
                    c.state().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                    c.reason() == null ? "" : c.reason()));
        }
        String metric = job.spec() == null ? "top1" : job.spec().objective().metric();
        String table = AsciiTable.getTable(
                AsciiTable.NO_BORDERS,
                rows,
                List.of(
                        text("id", Row::id),
                        text("candidate", Row::what),
                        figure(metric, e -> percent(e.metrics().get(metric))),
                        figure("MACs", e -> ratio(e.macs(), originalFigure(Evaluation::macs))),
                        figure("params", e -> ratio(e.parameters(), originalFigure(Evaluation::parameters))),
                        figure("bytes", e -> "%,d".formatted(e.bytes())),
                        figure("ms", CandidateTable::millis),
                        figure("speed", CandidateTable::speed),
                        text("", Row::standing),
                        new Column()
                                .header("why")
                                .headerAlign(HorizontalAlign.LEFT)
                                .dataAlign(HorizontalAlign.LEFT)
                                .maxWidth(60, OverflowBehaviour.NEWLINE)
                                .with(Row::reason)));
        return table + "\n\n" + legend() + notes();
    }

    /** What the figures are of. */
    private String legend() {
        String time = job.candidates().stream()
                .map(Candidate::evaluation)
                .filter(e -> e != null && e.latency() != null)
                .findFirst()
                .map(e -> "; ms: of a batch of %d on %d threads; speed: against the original, measured in turn"
                        .formatted(e.latency().batch(), e.latency().threads()))
                .orElse("; no time was measured");
        return " MACs, params: of one sample, as part of the original's" + time + "; -: not measured";
    }

    /** What has to be known of some figures, each thing once, and why some are missing. */
    private String notes() {
        Map<String, Set<String>> whose = new LinkedHashMap<>();
        note(whose, "0", job.original());
        job.candidates().forEach(candidate -> note(whose, candidate.id(), candidate.evaluation()));
        return whose.entrySet().stream()
                .map(note -> "\n * " + String.join(", ", note.getValue()) + ": " + note.getKey())
                .collect(Collectors.joining());
    }

    private static void note(Map<String, Set<String>> whose, String id, Evaluation figures) {
        if (figures != null) {
            remarks(figures).forEach(remark -> whose.computeIfAbsent(remark, r -> new LinkedHashSet<>())
                    .add(id));
        }
    }

    private static Stream<String> remarks(Evaluation figures) {
        return Stream.concat(
                figures.notes().stream(),
                Stream.ofNullable(figures.latency())
                        .map(Evaluation.Latency::unmeasured)
                        .filter(Objects::nonNull)
                        .map(reason -> "no speed: " + reason));
    }

    private static String mark(Evaluation figures) {
        return figures != null && remarks(figures).findAny().isPresent() ? "*" : "";
    }

    private long originalFigure(ToLongFunction<Evaluation> figure) {
        return job.original() == null ? 0 : figure.applyAsLong(job.original());
    }

    private static String millis(Evaluation figures) {
        return figures.latency() == null
                ? NOT_MEASURED
                : "%.2f".formatted(figures.latency().medianMillis());
    }

    private static String speed(Evaluation figures) {
        Evaluation.Latency latency = figures.latency();
        if (latency == null || latency.speedUp() == null) {
            return NOT_MEASURED;
        }
        return latency.tie() ? "~ " + latency.speed() : latency.speed();
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
                .with(row -> row.figures() == null ? NOT_MEASURED : value.apply(row.figures()));
    }

    static String percent(Double fraction) {
        return fraction == null || fraction.isNaN() ? NOT_MEASURED : "%.2f %%".formatted(fraction * 100);
    }

    static String ratio(long part, long whole) {
        return whole == 0 ? NOT_MEASURED : "%.3f".formatted((double) part / whole);
    }
}
