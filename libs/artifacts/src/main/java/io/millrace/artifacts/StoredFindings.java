package io.millrace.artifacts;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.task.Findings;

/** Findings, and parameters of models, whole again: those that are small are in the record, the others in the store. */
public final class StoredFindings {
    private final ObjectStore store;

    public StoredFindings(ObjectStore store) {
        this.store = store;
    }

    /**
     * The whole document of a summary; the document itself if it is no summary.
     *
     * @throws StoreException {@code NOT_FOUND} or {@code CHANGED} if what the summary refers to is not there any more
     */
    public ObjectNode whole(ObjectNode findings) {
        return Findings.stored(findings)
                .map(reference -> store.documents().get(reference, ObjectNode.class))
                .orElse(findings);
    }
}
