package io.millrace.orchestrator.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.millrace.contracts.Json;
import io.millrace.contracts.job.JobStatus;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * The evidence of a job: its whole state, as JSON for programs and as one HTML page for people, which carries its own
 * charts and opens offline.
 *
 * @param writtenAt when the report was made
 * @param millrace version that made it
 */
public record Report(JobStatus job, Instant writtenAt, String millrace) {
    private static final String PAGE = "/report/report.html";
    private static final String CHARTS = "/META-INF/resources/_static/echarts/6.0.0/dist/echarts.min.js";

    public static Report of(JobStatus job, Instant now) {
        String version = Report.class.getPackage().getImplementationVersion();
        return new Report(job, now, version == null ? "unpackaged" : version);
    }

    public String json() {
        try {
            return Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    public String html() {
        // A closing tag inside a name would end the data early.
        String data = json().replace("</", "<\\/").replace("<!--", "<\\!--");
        return resource(PAGE).replace("/*ECHARTS*/", resource(CHARTS)).replace("/*DATA*/", data);
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
