package io.millrace.worker;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.artifacts.Sha256;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A workbench over a local folder, without broker or object store: for running a stage on local files, and for its
 * tests. Results land in {@code results}, checkpoints in {@code checkpoints}; artifacts have {@code file:} addresses.
 *
 * <pre>{@code
 * LocalWorkbench bench = new LocalWorkbench(folder).withModel("model", onnx).withData("train", shards);
 * Outcome outcome = stage.run(bench.task("pruning", "compress", parameters), bench);
 * }</pre>
 */
public final class LocalWorkbench implements Workbench {
    private final Path folder;
    private final Map<String, Path> models = new HashMap<>();
    private final Map<String, Path> data = new HashMap<>();
    private final List<Progress> reports = new CopyOnWriteArrayList<>();
    private final Map<String, String> outputs = new HashMap<>();
    private final Map<String, ObjectNode> shared = new ConcurrentHashMap<>();
    private long seed = 1;
    private volatile int reportsLeft = Integer.MAX_VALUE;
    private volatile long stopFrom = Long.MAX_VALUE;

    /** @param folder where results, checkpoints and scratch files go; created if missing */
    public LocalWorkbench(Path folder) {
        this.folder = folder;
    }

    public LocalWorkbench withModel(String role, Path file) {
        models.put(role, file);
        return this;
    }

    public LocalWorkbench withData(String role, Path dataset) {
        data.put(role, dataset);
        return this;
    }

    /** What the job says of an output of the model. */
    public LocalWorkbench withOutput(String name, String kind) {
        outputs.put(name, kind);
        return this;
    }

    public LocalWorkbench withSeed(long newSeed) {
        seed = newSeed;
        return this;
    }

    /** Stops the task at the {@code count}-th report from now on, as a cancelled job would. */
    public LocalWorkbench stopAfterReports(int count) {
        reportsLeft = count;
        return this;
    }

    /** Stops the task at the first report that so much is done, however often it reports. */
    public LocalWorkbench stopFrom(long done) {
        stopFrom = done;
        return this;
    }

    /** A task on this bench's models and data, resolved. */
    public Task task(String stage, String action, ObjectNode parameters) {
        return task(stage, action, parameters, List.of());
    }

    /** The task that joins the results of a fork's parts. */
    public Task task(String stage, String action, ObjectNode parameters, List<Outcome.Result> joined) {
        return new Task(
                "local",
                "local",
                stage,
                action,
                1,
                parameters,
                artifacts(models),
                artifacts(data),
                joined,
                seed,
                outputs);
    }

    /** Everything reported so far. */
    public List<Progress> reports() {
        return List.copyOf(reports);
    }

    /** The local file behind an artifact of this bench. */
    public static Path path(Artifact artifact) {
        return Path.of(URI.create(artifact.uri()));
    }

    @Override
    public Map<String, String> outputs() {
        return Map.copyOf(outputs);
    }

    @Override
    public Path model(String role) {
        return required("model", role, models.get(role));
    }

    @Override
    public Path data(String role) {
        return required("data set", role, data.get(role));
    }

    @Override
    public boolean hasData(String role) {
        return data.containsKey(role);
    }

    @Override
    public Path fetch(Artifact artifact) {
        return path(artifact);
    }

    @Override
    public Path scratch() {
        return folder("scratch");
    }

    @Override
    public Artifact store(String name, Path file) throws IOException {
        return artifact(Files.copy(file, folder("results").resolve(name), StandardCopyOption.REPLACE_EXISTING));
    }

    @Override
    public Optional<Path> checkpoint(String name) {
        return Optional.of(folder("checkpoints").resolve(name)).filter(Files::exists);
    }

    @Override
    public void saveCheckpoint(String name, Path file) throws IOException {
        Files.copy(file, folder("checkpoints").resolve(name), StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public Optional<ObjectNode> remembered(String name) {
        return Optional.ofNullable(shared.get(name));
    }

    @Override
    public void remember(String name, ObjectNode document) {
        shared.putIfAbsent(name, document);
    }

    @Override
    public void progress(Progress progress) {
        reports.add(progress);
        if (progress.done() >= stopFrom) {
            reportsLeft = 0;
        }
        if (--reportsLeft <= 0) {
            throw new StoppedException("stopped by the bench");
        }
    }

    @Override
    public boolean stopping() {
        return reportsLeft <= 0;
    }

    @Override
    public long seed() {
        return seed;
    }

    private Path folder(String name) {
        try {
            return Files.createDirectories(folder.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<String, Artifact> artifacts(Map<String, Path> files) {
        Map<String, Artifact> artifacts = new HashMap<>();
        files.forEach((role, path) -> artifacts.put(role, artifact(path)));
        return artifacts;
    }

    private static Artifact artifact(Path path) {
        try {
            return Files.isDirectory(path)
                    ? new Artifact(path.toUri().toString(), Sha256.of(path.toString()), 0)
                    : new Artifact(path.toUri().toString(), Sha256.of(path), Files.size(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path required(String what, String role, Path path) {
        if (path == null || !Files.exists(path)) {
            throw StageException.invalidInput("The task has no %s '%s'%s."
                    .formatted(what, role, path == null ? "" : ": " + path + " does not exist"));
        }
        return path;
    }
}
