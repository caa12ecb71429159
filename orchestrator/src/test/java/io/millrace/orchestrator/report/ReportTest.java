package io.millrace.orchestrator.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.Json;
import io.millrace.contracts.Release;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.contracts.job.JobStatus.Standing;
import io.millrace.contracts.task.Evaluation;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ReportTest {
    private static final List<String> HOSTILE = List.of(
            "<img src=x onerror=alert(1)>",
            "</script><script>alert(1)</script>",
            "<!--<script>",
            "&lt;b&gt;",
            "/*DATA*/");

    @Test
    void whatAJobSaysIsNeverMarkup() throws Exception {
        for (String hostile : HOSTILE) {
            String page =
                    Report.of(job(hostile), findings -> findings, Instant.EPOCH).html();

            // the name occurs only as data, in which nothing can be taken for a tag
            if (hostile.contains("<")) {
                assertThat(page).doesNotContain(hostile);
            }
            String data = find(page, "<script id=\"data\"[^>]*>(.*?)</script>");
            assertThat(data).doesNotContain("<", ">", "&");
            assertThat(Json.mapper()
                            .readTree(data)
                            .at("/job/candidates/0/label")
                            .asText())
                    .isEqualTo(hostile);
            // charts take no markup, and only the page's own scripts run
            assertThat(page).doesNotContain("<br>", ".innerHTML=job");
            String nonce = find(page, "script-src 'nonce-([^']+)'");
            assertThat(Pattern.compile("<script[^>]*>").matcher(page).results().map(r -> r.group()))
                    .hasSize(3)
                    .allSatisfy(tag -> assertThat(tag).contains("nonce=\"" + nonce + "\""));
        }
    }

    @Test
    void saysWhichReleaseMadeIt() throws Exception {
        String report = Report.of(job("x"), findings -> findings, Instant.EPOCH).json();

        assertThat(Json.mapper().readTree(report).path("millrace").asText()).isEqualTo(Release.text());
    }

    @Test
    void tooltipsOfChartsAreText() throws Exception {
        String page = Report.of(job("x"), findings -> findings, Instant.EPOCH).html();
        String own = page.substring(page.lastIndexOf("<script"));

        assertThat(Pattern.compile("tooltip: \\{[^}]*").matcher(own).results().map(r -> r.group()))
                .isNotEmpty()
                .allSatisfy(tooltip -> assertThat(tooltip).contains("renderMode: 'richText'"));
    }

    @Test
    void findingsAreWhole() throws Exception {
        ObjectNode whole = Json.mapper().createObjectNode().put("layers", 100);

        JsonNode report = Json.mapper()
                .readTree(Report.of(job("x"), summary -> whole, Instant.EPOCH).json());

        assertThat(report.at("/job/candidates/0/findings/svd")).isEqualTo(whole);
    }

    private static String find(String text, String pattern) {
        Matcher found = Pattern.compile(pattern, Pattern.DOTALL).matcher(text);
        assertThat(found.find()).isTrue();
        return found.group(1);
    }

    private static JobStatus job(String name) {
        Evaluation figures = new Evaluation(Map.of("top1", 0.9), 10L, 10, 10, null, Map.of(), List.of(name));
        Candidate candidate = new Candidate(
                "1-1",
                null,
                1,
                false,
                name,
                name,
                Json.mapper().createObjectNode(),
                Map.of("svd", Json.mapper().createObjectNode().put("stored", name)),
                new Artifact("s3://millrace/x", "0", 1),
                figures,
                Standing.CHOSEN,
                name,
                List.of(name));
        return new JobStatus(
                "job",
                name,
                Phase.COMPLETED,
                name,
                true,
                null,
                Instant.EPOCH,
                Instant.EPOCH,
                1,
                1,
                null,
                figures,
                List.of(),
                List.of(candidate),
                "1-1",
                null,
                0,
                1,
                0);
    }
}
