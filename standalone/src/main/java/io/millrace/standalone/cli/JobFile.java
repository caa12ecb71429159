package io.millrace.standalone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.millrace.contracts.field.Fault;
import io.millrace.contracts.job.InvalidJobException;
import io.millrace.contracts.job.JobSpecReader;
import io.millrace.contracts.job.JobSpecReader.Addresses;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A job in a file, whose model and data may be local paths. */
final class JobFile {
    private final Path file;
    private final ObjectNode spec;

    private JobFile(Path file, ObjectNode spec) {
        this.file = file;
        this.spec = spec;
    }

    /**
     * Reads a job file, checks all of it, and looks whether its local paths exist.
     *
     * @throws UserException names every fault by field
     */
    static JobFile read(Path file) {
        try {
            JsonNode tree = JobSpecReader.parse(Files.readString(file));
            if (tree instanceof ObjectNode spec && !spec.hasNonNull("name")) {
                spec.put("name", folderName(file));
            }
            new JobSpecReader(Addresses.ANY).read(tree);
            JobFile job = new JobFile(file, (ObjectNode) tree);
            job.checkPaths();
            return job;
        } catch (InvalidJobException e) {
            throw new UserException(file + " is at fault:\n"
                    + e.faults().stream().map(f -> "  " + f).collect(Collectors.joining("\n")));
        } catch (MalformedInputException e) {
            throw new UserException("cannot read " + file + ": it is no UTF-8 text");
        } catch (IOException e) {
            throw new UserException("cannot read " + file + ": " + (Files.exists(file) ? reason(e) : "no such file"));
        }
    }

    private static String folderName(Path file) {
        Path folder = file.toAbsolutePath().normalize().getParent().getFileName();
        return folder == null ? "job" : folder.toString();
    }

    private static String reason(IOException e) {
        return e instanceof AccessDeniedException ? "permission denied" : e.getMessage();
    }

    String name() {
        return spec.path("name").asText();
    }

    /** The job with every local path uploaded, by content, and replaced by its address in the store. */
    ObjectNode upload(Uploads store, PrintStream out) throws IOException, InterruptedException {
        ObjectNode sent = spec.deepCopy();
        if (isLocal(sent.path("model"))) {
            sent.put("model", store.upload(resolve(sent.path("model")), out));
        }
        if (sent.path("data") instanceof ObjectNode data) {
            for (Map.Entry<String, JsonNode> entry : List.copyOf(data.properties())) {
                if (isLocal(entry.getValue())) {
                    data.set(entry.getKey(), new TextNode(store.upload(resolve(entry.getValue()), out)));
                }
            }
        }
        return sent;
    }

    private void checkPaths() throws InvalidJobException, IOException {
        List<Fault> missing = new ArrayList<>();
        check("model", spec.path("model"), missing);
        if (missing.isEmpty() && isLocal(spec.path("model"))) {
            LocalModel.fault(resolve(spec.path("model"))).ifPresent(reason -> missing.add(new Fault("model", reason)));
        }
        spec.path("data").properties().forEach(e -> check("data." + e.getKey(), e.getValue(), missing));
        if (!missing.isEmpty()) {
            throw new InvalidJobException(missing);
        }
    }

    private void check(String field, JsonNode value, List<Fault> missing) {
        if (isLocal(value) && !Files.exists(resolve(value))) {
            missing.add(new Fault(field, "nothing at " + resolve(value) + "; paths are relative to the job file"));
        }
    }

    private static boolean isLocal(JsonNode value) {
        return value.isTextual() && !value.asText().contains("://");
    }

    private Path resolve(JsonNode path) {
        return file.toAbsolutePath().resolveSibling(path.asText()).normalize();
    }
}
