package io.millrace.orchestrator.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.Json;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.contracts.job.JobStatus.Standing;
import io.millrace.contracts.task.Evaluation;
import io.millrace.contracts.task.Evaluation.Latency;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.graalvm.polyglot.Context;
import org.junit.jupiter.api.Test;

/** What the page shows, by running its own script. */
class ReportPageTest {
    private static final Latency TIME = new Latency(2, 1.9, 2.1, 3.05, 1.5, 1.4, 1.6, 16, 2, null);
    private static final Latency LATER = new Latency(2.5, 2.4, 2.6, 3.21, null, 0.9, 1.6, 16, 2, "the machine is busy");

    @Test
    void eachCandidateHasAllItsMetricsTheOriginalsTimeAndItsNotes() throws Exception {
        List<String> rows = lines(
                "candidates",
                candidate("1-1", figures(500L, TIME, Map.of("top1", 0.9, "auc", 0.97)), "0.5 is overshot"),
                candidate("1-2", figures(400L, LATER, Map.of("top1", 0.8)), "reconstruction was dropped"));

        assertThat(rows.get(0)).contains("top1 | agreement | auc | MACs").contains("| ms | original ms | speed |");
        assertThat(rows.get(1)).startsWith("0 |").contains("| 3.05 to 3.21 |");
        assertThat(rows.get(2))
                .startsWith("1-1 |")
                .contains("90.00 % | - | 97.00 % | 500 | 0.500")
                .contains("2.00 [1.90, 2.10] | 3.05 | 1.50x [1.40, 1.60]");
        assertThat(rows.get(3)).isEqualTo("1-1: 0.5 is overshot");
        assertThat(rows.get(4)).startsWith("1-2 |").contains("2.50 [2.40, 2.60] | 3.21 | - |");
        assertThat(rows.get(5)).isEqualTo("1-2: reconstruction was dropped 1-2: no speed: the machine is busy");
    }

    @Test
    void whatIsNotCountedIsNotZero() throws Exception {
        List<String> rows = lines("candidates", candidate("1-1", figures(null, null, Map.of("top1", 0.9))));

        assertThat(rows.get(2)).contains("| not counted | - |");
    }

    @Test
    void layersStandWithTheCandidateTheyAreOfAndSayWhichStepMadeThem() throws Exception {
        ObjectNode split = Json.mapper().createObjectNode();
        split.putArray("models");
        split.putArray("layers").addObject().put("name", "of the first sibling");
        ObjectNode evaluation = Json.mapper().createObjectNode();
        evaluation
                .putArray("layers")
                .addObject()
                .put("name", "conv1_v")
                .put("of", "conv1")
                .put("macs-before", 1000)
                .put("macs", 500)
                .putArray("steps")
                .add("fold-bn of conv1, bn1")
                .add("spatial-svd of conv1");
        Candidate made = candidate("1-2", figures(500L, TIME, Map.of("top1", 0.9)));
        ObjectNode parameters = made.parameters();
        parameters.putArray("layers").addObject().put("name", "of the second sibling");

        List<String> rows = lines("layers", with(made, Map.of("svd", split, "evaluation", evaluation)));

        assertThat(rows)
                .contains("of the second sibling")
                .doesNotContain("of the first sibling")
                .contains("name | of | macs-before | macs | steps")
                .contains("conv1_v | conv1 | 1,000 | 500 | fold-bn of conv1, bn1; spatial-svd of conv1");
    }

    private static List<String> lines(String table, Candidate... candidates) throws IOException {
        Evaluation original = figures(1000L, null, Map.of("top1", 0.95, "agreement", 1.0));
        JobStatus job = new JobStatus(
                "job",
                "name",
                Phase.COMPLETED,
                "why",
                true,
                null,
                Instant.EPOCH,
                Instant.EPOCH,
                1,
                1,
                null,
                original,
                List.of(),
                List.of(candidates),
                "1-1",
                null,
                0,
                1,
                0);
        String page = Report.of(job, findings -> findings, Instant.EPOCH).html();
        Matcher scripts =
                Pattern.compile("<script([^>]*)>(.*?)</script>", Pattern.DOTALL).matcher(page);
        assertThat(scripts.find() && scripts.find()).isTrue();
        String data = scripts.group(2);
        assertThat(scripts.find()).isTrue();
        try (Context browser = Context.newBuilder("js")
                .option("engine.WarnInterpreterOnly", "false")
                .build()) {
            browser.eval("js", dom());
            browser.getBindings("js")
                    .getMember("document")
                    .invokeMember("getElementById", "data")
                    .putMember("textContent", data);
            browser.eval("js", scripts.group(2));
            return browser.eval("js", "lines('" + table + "')").as(List.class).stream()
                    .map(String::valueOf)
                    .toList();
        }
    }

    private static String dom() throws IOException {
        try (InputStream in = ReportPageTest.class.getResourceAsStream("/report/dom.js")) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Evaluation figures(Long macs, Latency latency, Map<String, Double> metrics) {
        return new Evaluation(metrics, macs, 100, 1000, latency, Map.of(), List.of());
    }

    private static Candidate with(Candidate c, Map<String, ObjectNode> findings) {
        return new Candidate(
                c.id(),
                null,
                1,
                false,
                c.label(),
                c.method(),
                c.parameters(),
                findings,
                c.model(),
                c.evaluation(),
                c.state(),
                null,
                c.notes());
    }

    private static Candidate candidate(String id, Evaluation figures, String... notes) {
        return new Candidate(
                id,
                null,
                1,
                false,
                "made",
                "method",
                Json.mapper().createObjectNode(),
                Map.of(),
                Artifact.unresolved("s3://millrace/x"),
                figures,
                Standing.CHOSEN,
                null,
                List.of(notes));
    }
}
