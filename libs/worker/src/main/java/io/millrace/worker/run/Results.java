package io.millrace.worker.run;

import io.millrace.artifacts.ArtifactCache;
import io.millrace.artifacts.ObjectStore;
import io.millrace.artifacts.Sha256;
import io.millrace.artifacts.StoreException;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.ProducedModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Results and checkpoints of one piece of work in the object store: {@code results/<fingerprint>/result.json} and its
 * files, {@code checkpoints/<fingerprint>/}. Files carry a part of their digest in their address, so that a late
 * attempt never overwrites a file of the result that was committed.
 */
final class Results {
    private static final int DIGEST_CHARACTERS = 12;

    private final ObjectStore store;
    private final ArtifactCache cache;
    private final String folder;
    private final String checkpoints;

    Results(ObjectStore store, ArtifactCache cache, String bucket, String fingerprint) {
        this.store = store;
        this.cache = cache;
        this.folder = "s3://%s/results/%s/".formatted(bucket, fingerprint);
        this.checkpoints = "s3://%s/checkpoints/%s/".formatted(bucket, fingerprint);
    }

    /** What the work ended with if it is done; a result whose files are gone counts as not done. */
    Optional<Outcome> find() {
        Optional<Outcome> found =
                store.getJson(manifest(), ResultManifest.class).map(ResultManifest::outcome);
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

    /** Makes this the result of the work, unless somebody was faster; returns the one that counts. */
    Outcome commit(ResultManifest manifest) {
        boolean first = store.createJson(manifest(), manifest);
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

    private void deleteCheckpoints() {
        try {
            store.deleteFolder(checkpoints);
        } catch (StoreException e) {
            // They only take space; the result counts.
        }
    }

    private boolean complete(Outcome outcome) {
        return !(outcome instanceof Outcome.Result result)
                || result.models().stream().map(ProducedModel::model).allMatch(model -> store.exists(model.uri()));
    }

    private String manifest() {
        return folder + "result.json";
    }
}
