package io.millrace.artifacts;

import io.millrace.artifacts.StoreException.Reason;
import io.millrace.contracts.Artifact;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Local copies of artifacts, by digest: fetched once however many ask at a time, kept until the space is needed,
 * least recently used first. What is in use stays. Safe for use by several threads; a folder belongs to one process.
 */
public final class ArtifactCache implements AutoCloseable {
    private final ObjectStore store;
    private final CacheFolder folder;
    private final long maxBytes;
    private final Map<String, Entry> entries = new HashMap<>();
    private long clock;

    /** Content of one digest. {@code copied} holds the path of its file or folder. */
    private static final class Entry {
        final CompletableFuture<Path> copied = new CompletableFuture<>();
        final long size;
        int users;
        long lastUse;

        Entry(long size) {
            this.size = size;
        }
    }

    /** A local copy that stays where it is until it is closed. Not to be written to. */
    public final class Held implements AutoCloseable {
        private final Artifact artifact;
        private final Entry entry;
        private boolean closed;

        private Held(Artifact artifact, Entry entry) {
            this.artifact = artifact;
            this.entry = entry;
        }

        /** The file, or the folder, of the artifact. */
        public Path path() {
            return entry.copied.join();
        }

        /** The artifact, resolved. */
        public Artifact artifact() {
            return artifact;
        }

        @Override
        public void close() {
            synchronized (entries) {
                if (!closed) {
                    closed = true;
                    entry.users--;
                }
            }
        }
    }

    /**
     * @param parent the copies' home; several processes may share it, each gets its own sub-folder
     * @param maxBytes bound of all copies together
     */
    public ArtifactCache(ObjectStore store, Path parent, long maxBytes) {
        this.store = store;
        this.maxBytes = maxBytes;
        this.folder = CacheFolder.open(parent);
        folder.existing().forEach((sha256, copy) -> {
            Entry entry = new Entry(copy.size());
            entry.copied.complete(copy.path());
            entry.lastUse = ++clock;
            entries.put(sha256, entry);
        });
    }

    /**
     * The local copy of an artifact, fetched and verified if it is not here yet.
     *
     * @throws StoreException if it cannot be fetched, is not what its digest says, or can never fit
     */
    public Held fetch(Artifact wanted) {
        Artifact artifact = resolve(wanted);
        Entry entry;
        boolean mine;
        List<Path> evicted;
        synchronized (entries) {
            entry = entries.get(artifact.sha256());
            if (entry != null && gone(entry)) {
                // A cleaner of temporary files was here.
                entries.remove(artifact.sha256());
                entry = null;
            }
            mine = entry == null;
            evicted = mine ? makeRoom(artifact) : List.of();
            if (mine) {
                entry = new Entry(artifact.size());
                entries.put(artifact.sha256(), entry);
            }
            entry.users++;
            entry.lastUse = ++clock;
        }
        evicted.forEach(CacheFolder::delete);
        if (mine) {
            copy(artifact, entry);
        }
        return new Held(artifact, awaited(entry));
    }

    /**
     * Fills in digest and size. What nobody has recorded a digest of is read for it, but not if it can never fit.
     *
     * @throws StoreException if it is not there, or too large
     */
    public Artifact resolve(Artifact wanted) {
        return store.resolve(wanted, maxBytes);
    }

    /** Where the copies are. */
    public Path folder() {
        return folder.root();
    }

    private static boolean gone(Entry entry) {
        return entry.copied.isDone()
                && !entry.copied.isCompletedExceptionally()
                && Files.notExists(entry.copied.join());
    }

    /** An empty folder beside the copies, for the caller to delete; leftovers of a crash go at the next start. */
    public Path newScratch() {
        return folder.newPart();
    }

    @Override
    public void close() {
        folder.close();
    }

    private void copy(Artifact artifact, Entry entry) {
        Path part = null;
        try {
            part = folder.newPart();
            ObjectUri uri = ObjectUri.parse(artifact.uri());
            Path content = part.resolve(uri.name());
            if (uri.folder()) {
                copyFolder(artifact, content);
            } else {
                store.get(artifact, content);
            }
            entry.copied.complete(folder.keep(part, artifact.sha256()).resolve(uri.name()));
        } catch (RuntimeException | Error e) {
            synchronized (entries) {
                entries.remove(artifact.sha256());
            }
            entry.copied.completeExceptionally(e);
            if (part != null) {
                CacheFolder.delete(part);
            }
        }
    }

    private void copyFolder(Artifact artifact, Path target) {
        List<StoredObject> copied = new ArrayList<>();
        for (StoredObject file : store.list(artifact.uri())) {
            Path local = target.resolve(file.name());
            try {
                Files.createDirectories(local.getParent());
            } catch (IOException e) {
                throw new StoreException(
                        Reason.LOCAL_DISK, "The cache folder %s cannot be written.".formatted(local), e);
            }
            Artifact fetched = store.get(new Artifact(artifact.uri() + file.name(), file.sha256(), file.size()), local);
            copied.add(new StoredObject(file.name(), fetched.sha256(), fetched.size()));
        }
        String sha256 = Sha256.ofListing(copied);
        if (!sha256.equals(artifact.sha256())) {
            throw new StoreException(
                    Reason.CHANGED,
                    "The files under %s have changed: the sha256 of their listing is %s, expected was %s."
                            .formatted(artifact.uri(), sha256, artifact.sha256()));
        }
    }

    private static Entry awaited(Entry entry) {
        try {
            entry.copied.join();
            return entry;
        } catch (CompletionException e) {
            if (e.getCause() instanceof StoreException known) {
                throw new StoreException(known.reason(), known.getMessage(), known);
            }
            throw e;
        }
    }

    /** Takes out of the table what must go so that the artifact fits; the caller deletes the files. */
    private List<Path> makeRoom(Artifact artifact) {
        if (artifact.size() > maxBytes) {
            throw new StoreException(
                    Reason.TOO_LARGE,
                    "%s has %d bytes, more than the local cache may hold (%d): raise millrace.store.cache-size."
                            .formatted(artifact.uri(), artifact.size(), maxBytes));
        }
        List<Path> evicted = new ArrayList<>();
        long used = entries.values().stream().mapToLong(entry -> entry.size).sum();
        while (used + artifact.size() > maxBytes) {
            var oldest = entries.entrySet().stream()
                    .filter(entry -> entry.getValue().users == 0)
                    .min((a, b) -> Long.compare(a.getValue().lastUse, b.getValue().lastUse));
            if (oldest.isEmpty()) {
                break;
            }
            folder.retire(oldest.get().getKey()).ifPresent(evicted::add);
            entries.remove(oldest.get().getKey());
            used -= oldest.get().getValue().size;
        }
        return evicted;
    }
}
