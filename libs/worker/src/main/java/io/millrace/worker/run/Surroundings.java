package io.millrace.worker.run;

import io.millrace.artifacts.ObjectStore;
import io.millrace.artifacts.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * What a worker needs to do any task: a store that it may write to, and room on its own disk. While something is
 * missing, its loops take no tasks, so that they stay in the queue for others; when it is back, they go on by themselves.
 * For several threads.
 */
public final class Surroundings {
    /** Less room on the local disk than that is none. */
    private static final long LEAST_ROOM = 256L << 20;

    private static final long FRESH_NANOS = Duration.ofSeconds(5).toNanos();

    private final ObjectStore store;
    private final String bucket;
    private final String worker;
    private final Path cache;

    private Optional<String> fault = Optional.empty();
    private boolean doubtful = true;
    private long lookedAt;

    /**
     * @param bucket that results go to
     * @param worker name of this process
     * @param cache folder of the local copies
     */
    Surroundings(ObjectStore store, String bucket, String worker, Path cache) {
        this.store = store;
        this.bucket = bucket;
        this.worker = worker;
        this.cache = cache;
    }

    /** A task failed although nothing was wrong with it: looked at more closely next time. */
    public synchronized void doubt() {
        doubtful = true;
    }

    /** What is missing, in words; looked at again every few seconds. */
    public synchronized Optional<String> fault() {
        if (doubtful || System.nanoTime() - lookedAt > FRESH_NANOS) {
            fault = look(doubtful || fault.isPresent());
            doubtful = false;
            lookedAt = System.nanoTime();
        }
        return fault;
    }

    private Optional<String> look(boolean closely) {
        try {
            store.checkReachable(bucket);
            if (closely) {
                store.checkWritable("s3://%s/workers/%s".formatted(bucket, worker.replaceAll("[^A-Za-z0-9._-]", "-")));
            }
            Files.createDirectories(cache);
            long room = Files.getFileStore(cache).getUsableSpace();
            if (room < LEAST_ROOM) {
                return Optional.of("only %d MiB are free where the local copies are kept (%s); free some"
                        .formatted(room >> 20, cache));
            }
            return Files.isWritable(cache)
                    ? Optional.empty()
                    : Optional.of("the folder of the local copies cannot be written: " + cache);
        } catch (StoreException e) {
            return Optional.of(e.getMessage());
        } catch (IOException e) {
            return Optional.of("the folder of the local copies cannot be used: " + e);
        }
    }
}
