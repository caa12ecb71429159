package io.millrace.orchestrator.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.contracts.Release;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.task.Findings;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import java.util.function.UnaryOperator;

/**
 * The evidence of a job: its whole state, as JSON for programs and as one HTML page for people, which carries its own
 * charts and opens offline.
 *
 * @param job as {@link JobStatus}, with all findings and parameters whole
 * @param writtenAt when the report was made
 * @param millrace release that made it
 */
public record Report(ObjectNode job, Instant writtenAt, String millrace) {
    private static final String PAGE = "/report/report.html";
    private static final String CHARTS = "/META-INF/resources/_static/echarts/6.0.0/dist/echarts.min.js";

    /** @param findings gives the whole document of a summary that stands in the job */
    public static Report of(JobStatus job, UnaryOperator<ObjectNode> findings, Instant now) {
        ObjectNode tree = Json.mapper().valueToTree(job);
        for (JsonNode candidate : tree.path("candidates")) {
            if (candidate.path("findings") instanceof ObjectNode stages) {
                stages.properties().forEach(stage -> {
                    if (stage.getValue() instanceof ObjectNode summary) {
                        stage.setValue(findings.apply(summary));
                    }
                });
            }
            if (candidate.path("parameters") instanceof ObjectNode summary) {
                ObjectNode whole = findings.apply(summary).deepCopy();
                // What the orchestrator has put beside the stage's own: the step, the seed.
                summary.properties().forEach(field -> {
                    if (!whole.has(field.getKey()) && !field.getKey().equals(Findings.STORED)) {
                        whole.set(field.getKey(), field.getValue());
                    }
                });
                ((ObjectNode) candidate).set("parameters", whole);
            }
        }
        return new Report(tree, now, Release.text());
    }

    public String json() {
        try {
            return Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The page. What a job says is data in it, never markup: no character of it can end the data or begin a tag, only the
     * page's own three scripts run, and it loads nothing.
     */
    public String html() {
        String data = json().replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026");
        return resource(PAGE)
                .replace("/*NONCE*/", UUID.randomUUID().toString())
                .replace("/*ECHARTS*/", resource(CHARTS))
                .replace("/*DATA*/", data);
    }

    private static String resource(String path) {
        try (InputStream in = Report.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new IOException(path + " is not on the class path");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
