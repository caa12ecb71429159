package io.millrace.worker.run;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.artifacts.ArtifactCache;
import io.millrace.artifacts.ObjectStore;
import io.millrace.artifacts.Sha256;
import io.millrace.artifacts.StoreException;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.Json;
import io.millrace.contracts.task.Findings;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.ProducedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Results and checkpoints of one piece of work in the object store: {@code results/<fingerprint>/result.json} and its
 * files, {@code checkpoints/<fingerprint>/}. Files carry a part of their digest in their address, so that a late
 * attempt never overwrites a file of the result that was committed.
 */
final class ResultStore {
    private static final int DIGEST_CHARACTERS = 12;

    private final ObjectStore store;
    private final ArtifactCache cache;
    private final String folder;
    private final String checkpoints;
    private final String shared;

    ResultStore(ObjectStore store, ArtifactCache cache, String bucket, String fingerprint) {
        this.store = store;
        this.cache = cache;
        this.folder = "s3://%s/results/%s/".formatted(bucket, fingerprint);
        this.shared = "s3://%s/shared/".formatted(bucket);
        this.checkpoints = "s3://%s/checkpoints/%s/".formatted(bucket, fingerprint);
    }

    /** What the work ended with if it is done; a result whose files are gone counts as not done. */
    Optional<Outcome> find() {
        Optional<Outcome> found =
                store.documents().get(manifest(), ResultManifest.class).map(ResultManifest::outcome);
        if (found.isPresent() && !complete(found.get())) {
            store.delete(manifest());
            return Optional.empty();
        }
        return found;
    }

    /** Stores a file of the result. */
    Artifact store(String name, Path file) throws IOException {
        String digest = Sha256.of(file).substring(0, DIGEST_CHARACTERS);
        return store.putOnce(folder + digest + "/" + name, file);
    }

    /**
     * The outcome as it travels in records: findings and parameters that are large are stored, and a summary refers to
     * them.
     */
    Outcome bounded(Outcome outcome) {
        if (!(outcome instanceof Outcome.Result result)) {
            return outcome;
        }
        return new Outcome.Result(
                result.models().stream()
                        .map(made ->
                                new ProducedModel(made.label(), made.model(), bounded("parameters", made.parameters())))
                        .toList(),
                bounded("findings", result.findings()),
                result.evaluation());
    }

    private ObjectNode bounded(String name, ObjectNode document) {
        if (document == null || Findings.size(document) <= Findings.SMALL) {
            return document;
        }
        // The digest in the address keeps siblings, and late attempts, apart.
        String digest = Json.fingerprint(document).substring(0, DIGEST_CHARACTERS);
        return Findings.summary(document, store.documents().put(folder + digest + "/" + name + ".json", document));
    }

    /** Makes this the result of the work, unless somebody was faster; returns the one that counts. */
    Outcome commit(ResultManifest manifest) {
        boolean first = store.documents().create(manifest(), manifest);
        deleteCheckpoints();
        return first ? manifest.outcome() : find().orElse(manifest.outcome());
    }

    Optional<ArtifactCache.Held> checkpoint(String name) {
        String uri = checkpoints + name;
        return store.exists(uri) ? Optional.of(cache.fetch(Artifact.unresolved(uri))) : Optional.empty();
    }

    void saveCheckpoint(String name, Path file) {
        store.put(checkpoints + name, file);
    }

    /** What any task has left for all. */
    Optional<ObjectNode> shared(String name) {
        return store.documents().get(shared + name + ".json", ObjectNode.class);
    }

    /** Leaves something for all tasks, unless somebody was faster. */
    void share(String name, ObjectNode document) {
        store.documents().create(shared + name + ".json", document);
    }

    private void deleteCheckpoints() {
        try {
            store.deleteFolder(checkpoints);
        } catch (StoreException e) {
            // They only take space; the result counts.
        }
    }

    private boolean complete(Outcome outcome) {
        return !(outcome instanceof Outcome.Result result)
                || Stream.concat(
                                result.models().stream().map(ProducedModel::model),
                                Findings.stored(result.findings()).stream())
                        .allMatch(artifact -> store.exists(artifact.uri()));
    }

    private String manifest() {
        return folder + "result.json";
    }
}
