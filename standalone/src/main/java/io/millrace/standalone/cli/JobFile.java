package io.millrace.standalone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A job in a file, whose model and data may be local paths. */
final class JobFile {
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

    private final Path file;
    private final ObjectNode spec;

    private JobFile(Path file, ObjectNode spec) {
        this.file = file;
        this.spec = spec;
    }

    /**
     * Reads a job file and looks whether its local paths exist.
     *
     * @throws UserException names every path that does not
     */
    static JobFile read(Path file) {
        try {
            JsonNode tree = YAML.readTree(file.toFile());
            if (!(tree instanceof ObjectNode spec)) {
                throw new UserException(
                        file + " is no job: it should be a YAML map with model, data, objective, recipe");
            }
            if (!spec.hasNonNull("name")) {
                spec.put("name", file.toAbsolutePath().getParent().getFileName().toString());
            }
            JobFile job = new JobFile(file, spec);
            job.checkPaths();
            return job;
        } catch (JsonProcessingException e) {
            throw new UserException(file + " line "
                    + (e.getLocation() == null ? "?" : e.getLocation().getLineNr()) + ": not YAML: "
                    + e.getOriginalMessage());
        } catch (IOException e) {
            throw new UserException(
                    "cannot read " + file + ": " + (Files.exists(file) ? e.getMessage() : "no such file"));
        }
    }

    String name() {
        return spec.path("name").asText();
    }

    /** The job with every local path uploaded, by content, and replaced by its address in the store. */
    ObjectNode upload(StoreAccess store, PrintStream out) throws IOException {
        ObjectNode sent = spec.deepCopy();
        if (isLocal(sent.path("model"))) {
            sent.put("model", store.upload(resolve(sent.path("model").asText()), out));
        }
        if (sent.path("data") instanceof ObjectNode data) {
            for (Map.Entry<String, JsonNode> entry : List.copyOf(data.properties())) {
                if (isLocal(entry.getValue())) {
                    data.set(
                            entry.getKey(),
                            new TextNode(store.upload(resolve(entry.getValue().asText()), out)));
                }
            }
        }
        return sent;
    }

    private void checkPaths() {
        List<String> missing = new ArrayList<>();
        check("model", spec.path("model"), missing);
        spec.path("data").properties().forEach(e -> check("data." + e.getKey(), e.getValue(), missing));
        if (!missing.isEmpty()) {
            throw new UserException(String.join("\n", missing));
        }
    }

    private void check(String field, JsonNode value, List<String> missing) {
        if (isLocal(value) && !Files.exists(resolve(value.asText()))) {
            missing.add("%s: nothing at %s (paths are relative to %s)".formatted(field, resolve(value.asText()), file));
        }
    }

    private static boolean isLocal(JsonNode value) {
        return value.isTextual() && !value.asText().contains("://");
    }

    private Path resolve(String path) {
        return file.toAbsolutePath().resolveSibling(path).normalize();
    }
}
