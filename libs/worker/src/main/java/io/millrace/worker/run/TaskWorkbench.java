package io.millrace.worker.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.artifacts.ArtifactCache;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import io.millrace.worker.StageException;
import io.millrace.worker.Workbench;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** The workbench of one attempt of a task, over the object store and the local cache. */
final class TaskWorkbench implements Workbench, AutoCloseable {
    private final Task task;
    private final ResultStore results;
    private final ArtifactCache cache;
    private final Attempt attempt;
    private final List<ArtifactCache.Held> held = new ArrayList<>();
    private final Set<String> stored = ConcurrentHashMap.newKeySet();
    private Path scratch;

    TaskWorkbench(Task task, ResultStore results, ArtifactCache cache, Attempt attempt) {
        this.task = task;
        this.results = results;
        this.cache = cache;
        this.attempt = attempt;
    }

    @Override
    public Path model(String role) throws IOException {
        Path path = fetch(required("model", role, task.models().get(role)));
        return Files.isDirectory(path) ? onlyModelOf(path, role) : path;
    }

    @Override
    public Path data(String role) {
        return fetch(required("data set", role, task.data().get(role)));
    }

    @Override
    public boolean hasData(String role) {
        return task.data().containsKey(role);
    }

    @Override
    public Path fetch(Artifact artifact) {
        attempt.checkWanted();
        return keep(cache.fetch(artifact));
    }

    @Override
    public synchronized Path scratch() {
        if (scratch == null) {
            scratch = cache.newScratch();
        }
        return scratch;
    }

    @Override
    public Artifact store(String name, Path file) throws IOException {
        attempt.checkWanted();
        checkName(name);
        if (!stored.add(name)) {
            throw new IllegalArgumentException("The task has stored a result named '%s' already.".formatted(name));
        }
        return results.store(name, file);
    }

    @Override
    public Optional<Path> checkpoint(String name) {
        checkName(name);
        return results.checkpoint(name).map(this::keep);
    }

    @Override
    public void saveCheckpoint(String name, Path file) {
        attempt.checkWanted();
        checkName(name);
        results.saveCheckpoint(name, file);
    }

    @Override
    public Optional<ObjectNode> remembered(String name) {
        attempt.checkWanted();
        return results.shared(name);
    }

    @Override
    public void remember(String name, ObjectNode document) {
        results.share(name, document);
    }

    @Override
    public void progress(Progress progress) {
        attempt.report(progress);
        attempt.checkWanted();
    }

    @Override
    public boolean stopping() {
        return attempt.unwanted();
    }

    @Override
    public Map<String, String> outputs() {
        return task.outputs();
    }

    @Override
    public long seed() {
        return task.seed();
    }

    @Override
    public void close() throws IOException {
        held.forEach(ArtifactCache.Held::close);
        if (scratch != null) {
            Files.walkFileTree(scratch, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.delete(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
                    Files.delete(folder);
                    return FileVisitResult.CONTINUE;
                }
            });
        }
    }

    private synchronized Path keep(ArtifactCache.Held copy) {
        held.add(copy);
        return copy.path();
    }

    private static void checkName(String name) {
        if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
            throw new IllegalArgumentException("'%s' is no plain file name.".formatted(name));
        }
    }

    private static Path onlyModelOf(Path folder, String role) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> models =
                    files.filter(file -> file.toString().endsWith(".onnx")).toList();
            if (models.size() != 1) {
                throw StageException.invalidInput(
                        "The folder of model '%s' holds %d .onnx files; one is wanted.".formatted(role, models.size()));
            }
            return models.get(0);
        }
    }

    private Artifact required(String what, String role, Artifact artifact) {
        if (artifact == null) {
            throw StageException.invalidInput("The task has no %s '%s'.".formatted(what, role));
        }
        return artifact;
    }
}
