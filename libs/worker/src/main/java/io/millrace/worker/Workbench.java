package io.millrace.worker;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.task.Outcome.ProducedModel;
import io.millrace.contracts.task.Progress;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** What reaches a stage of the platform while it works on a task. */
public interface Workbench {

    /**
     * The task's model of this role as a local file, fetched and verified.
     *
     * @throws StageException {@code INVALID_INPUT} if the task has no such model or it is not there
     */
    Path model(String role) throws IOException;

    /** The task's data set of this role as a local folder, fetched and verified. Errors as {@link #model}. */
    Path data(String role) throws IOException;

    /** Whether the task has a data set of this role. */
    boolean hasData(String role);

    /** Any other artifact, fetched and verified: what an earlier part of a fork left. */
    Path fetch(Artifact artifact) throws IOException;

    /** An empty folder of this task alone; gone when the task ends. */
    Path scratch();

    /** Stores a file among the task's results. {@code name} is a plain file name, unique within the task. */
    Artifact store(String name, Path file) throws IOException;

    /** Stores a model among the task's results; short for {@link #store} and a record. */
    default ProducedModel storeModel(String name, String label, Path file, ObjectNode parameters) throws IOException {
        return new ProducedModel(label, store(name, file), parameters);
    }

    /** The newest checkpoint of this name that an earlier attempt of the same work has left. */
    Optional<Path> checkpoint(String name) throws IOException;

    /** Leaves a checkpoint for later attempts; the last one of a name wins. */
    void saveCheckpoint(String name, Path file) throws IOException;

    /**
     * A small document that any task of any job has left for all others, such as what was measured once on a kind of
     * machine.
     *
     * @param name a path of plain names: {@code times/0a1b}
     */
    Optional<ObjectNode> remembered(String name);

    /** Leaves such a document; the first of a name stays. */
    void remember(String name, ObjectNode document);

    /**
     * Tells how far the work is; cheap, call it often. Also the place where a task that was cancelled or overtaken
     * stops.
     *
     * @throws StoppedException if the task is to stop now: let it pass
     */
    void progress(Progress progress);

    /** Whether the task is to stop; for inner loops that do not report. */
    boolean stopping();

    /** Random seed of the task. */
    long seed();

    /** What the job says of the model's outputs: kinds by name; see {@link io.millrace.contracts.task.Task#outputs}. */
    Map<String, String> outputs();
}
