package io.millrace.worker.run;

import io.millrace.artifacts.ArtifactCache;
import io.millrace.artifacts.ObjectStore;
import io.millrace.artifacts.StoreException;
import io.millrace.artifacts.StoredFindings;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.FailureKind;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Task;
import io.millrace.worker.Stage;
import io.millrace.worker.StageException;
import io.millrace.worker.StoppedException;
import java.io.IOException;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/** Does one task from its claim to its last event: looks for the result, else has the stage work and commits. */
final class TaskRunner {
    private static final Logger LOG = Logger.getLogger(TaskRunner.class);

    private final Stage stage;
    private final String version;
    private final String worker;
    private final ObjectStore store;
    private final ArtifactCache cache;
    private final String bucket;
    private final Surroundings surroundings;

    /** How an attempt ended, for the metrics. */
    enum End {
        COMPLETED,
        REUSED,
        FAILED,
        STOPPED
    }

    TaskRunner(
            Stage stage,
            String worker,
            ObjectStore store,
            ArtifactCache cache,
            String bucket,
            Surroundings surroundings) {
        this.surroundings = surroundings;
        this.stage = stage;
        this.version = StageVersion.of(stage.getClass());
        this.worker = worker;
        this.store = store;
        this.cache = cache;
        this.bucket = bucket;
    }

    /** Works on the calling thread; whatever goes wrong with the task becomes an event. */
    End run(Attempt attempt) {
        attempt.allowInterrupts(Thread.currentThread());
        try {
            return complete(attempt);
        } catch (Throwable thrown) {
            attempt.endInterrupts();
            return end(attempt, thrown);
        } finally {
            attempt.endInterrupts();
        }
    }

    private End complete(Attempt attempt) throws Exception {
        if (!stage.actions().contains(attempt.task().action())) {
            throw StageException.invalidInput("The stage '%s' has no action '%s'; it has %s."
                    .formatted(
                            stage.name(),
                            attempt.task().action(),
                            stage.actions().stream().sorted().toList()));
        }
        Task task = resolved(attempt.task());
        ResultStore results = new ResultStore(store, cache, bucket, Fingerprint.of(stage, version, task));
        Optional<Outcome> found = results.find();
        if (found.isPresent()) {
            attempt.endInterrupts();
            attempt.completed(found.get(), true);
            return End.REUSED;
        }
        Outcome outcome = work(task, results, attempt);
        attempt.checkWanted();
        attempt.endInterrupts();
        Outcome committed = results.commit(new ResultManifest(
                stage.name(), version, task.action(), task.id(), worker, Instant.now(), results.bounded(outcome)));
        attempt.completed(committed, false);
        return End.COMPLETED;
    }

    private Outcome work(Task task, ResultStore results, Attempt attempt) throws Exception {
        TaskWorkbench bench = new TaskWorkbench(task, results, cache, attempt);
        try {
            Outcome outcome = stage.run(task, bench);
            if (outcome == null) {
                throw new IllegalStateException("the stage returned nothing");
            }
            return outcome;
        } finally {
            attempt.endInterrupts();
            close(bench);
        }
    }

    /** Ends an attempt that is no longer wanted before its work has begun. */
    End giveUp(Attempt attempt) {
        return end(attempt, new StoppedException("not begun"));
    }

    private End end(Attempt attempt, Throwable thrown) {
        if (attempt.stopped() == Attempt.Stop.SHUTDOWN) {
            attempt.released();
            return End.STOPPED;
        }
        if (attempt.stopped() == Attempt.Stop.OBSOLETE) {
            attempt.abandon();
            return End.STOPPED;
        }
        FailureClassification.Failure failure = FailureClassification.of(thrown);
        if (failure.expected()) {
            LOG.infof(
                    "Task %s (%s) failed: %s",
                    attempt.task().id(), attempt.task().action(), failure.message());
        } else {
            LOG.errorf(
                    thrown,
                    "Task %s (%s) failed",
                    attempt.task().id(),
                    attempt.task().action());
        }
        if (failure.kind() == FailureKind.TRANSIENT) {
            surroundings.doubt();
        }
        attempt.failed(failure.kind(), failure.message());
        return End.FAILED;
    }

    private Task resolved(Task task) {
        return new Task(
                task.id(),
                task.jobId(),
                task.stage(),
                task.action(),
                task.attempt(),
                task.parameters(),
                resolved("models", task.models()),
                resolved("data", task.data()),
                task.joined().stream().map(this::whole).toList(),
                task.seed(),
                task.outputs());
    }

    /** The result of a part as its stage returned it, whether its findings travelled or were stored. */
    private Outcome.Result whole(Outcome.Result part) {
        StoredFindings findings = new StoredFindings(store);
        return new Outcome.Result(
                part.models().stream()
                        .map(made -> new Outcome.ProducedModel(
                                made.label(), made.model(), findings.whole(made.parameters())))
                        .toList(),
                findings.whole(part.findings()),
                part.evaluation());
    }

    private Map<String, Artifact> resolved(String field, Map<String, Artifact> artifacts) {
        Map<String, Artifact> all = new HashMap<>();
        artifacts.forEach((role, artifact) -> {
            try {
                all.put(role, cache.resolve(artifact));
            } catch (StoreException e) {
                if (e.kind() == FailureKind.INVALID_INPUT) {
                    throw StageException.invalidInput("%s '%s': %s".formatted(field, role, e.getMessage()));
                }
                throw e;
            }
        });
        return all;
    }

    private static void close(TaskWorkbench bench) {
        try {
            bench.close();
        } catch (IOException e) {
            LOG.warnf("A scratch folder could not be removed: %s", e);
        }
    }
}
