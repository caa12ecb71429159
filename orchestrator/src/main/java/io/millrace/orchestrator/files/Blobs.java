package io.millrace.orchestrator.files;

import io.millrace.artifacts.ObjectStreams;
import io.millrace.artifacts.Sha256;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.Problem.Kind;
import io.millrace.contracts.ProblemException;
import jakarta.enterprise.context.ApplicationScoped;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.net.URI;
import java.util.Enumeration;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Content on its way from a user into the store, under its SHA-256. It comes whole, or in parts that are kept in the
 * store, so that an upload which broke off goes on at any instance; nothing is visible before it was verified.
 */
@ApplicationScoped
public class Blobs {
    /** Size of every part but the last. */
    public static final int PART_SIZE = 8 << 20;

    private final Store store;
    private final ObjectStreams streams;
    private final long maxSize;

    Blobs(Store store, FilesConfig config) {
        this.store = store;
        this.streams = store.streams();
        this.maxSize = config.maxSize().asLongValue();
    }

    /** Size of verified content; empty if it has not come. */
    public Optional<Long> size(String sha256) {
        return streams.find(address(sha256)).map(Artifact::size);
    }

    /** Takes content as a whole. */
    public void put(String sha256, InputStream content, long size) {
        checkSize(size);
        streams.put(address(sha256), content, size, sha256);
    }

    /** Which parts have come, by number from 0. */
    public List<Integer> parts(String sha256, long size) {
        checkSize(size);
        return IntStream.range(0, parts(size))
                .filter(number -> streams.find(part(sha256, number))
                        .filter(there -> there.size() == partSize(size, number))
                        .isPresent())
                .boxed()
                .toList();
    }

    /** Takes one part. */
    public void putPart(String sha256, int number, byte[] content) {
        checkSize((long) number * PART_SIZE + content.length);
        streams.put(part(sha256, number), new ByteArrayInputStream(content), content.length, Sha256.of(content));
    }

    /** Joins the parts, once all have come. */
    public void join(String sha256, long size) {
        checkSize(size);
        int parts = parts(size);
        for (int number = 0; number < parts; number++) {
            if (streams.find(part(sha256, number)).isEmpty()) {
                throw new ProblemException(
                        Kind.CONTENT_MISSING, "part %d of %d has not been uploaded".formatted(number, parts));
            }
        }
        try (InputStream all = new SequenceInputStream(new Parts(sha256, parts))) {
            streams.put(address(sha256), all, size, sha256);
        } catch (IOException e) {
            throw new ProblemException(Kind.STORE_AWAY, "a part could not be read: " + e.getMessage());
        } finally {
            // Also those of content that was not what it was said to be: they are to come anew.
            IntStream.range(0, parts).forEach(number -> store.objects().delete(part(sha256, number)));
        }
    }

    /** Where the content may be written without passing through here, if clients can reach the store. */
    public Optional<URI> direct(String sha256, long size) {
        checkSize(size);
        return store.signed().map(urls -> urls.toWrite(directAddress(sha256)));
    }

    /**
     * Where verified content lies.
     *
     * @throws ProblemException if it has not come, or what was written directly is something else
     */
    String require(String sha256, long size) {
        Optional<Artifact> there = streams.find(address(sha256));
        String uri = there.isPresent() ? address(sha256) : directAddress(sha256);
        Artifact found = there.or(() -> verifiedDirect(sha256))
                .orElseThrow(() -> new ProblemException(Kind.CONTENT_MISSING, sha256 + " has not been uploaded"));
        if (found.size() != size) {
            throw new ProblemException(
                    Kind.CONTENT_MISMATCH, "%s has %d bytes, the list says %d".formatted(sha256, found.size(), size));
        }
        return uri;
    }

    /** Ends the way of content that has arrived. */
    void forget(String sha256) {
        store.objects().delete(address(sha256));
        store.objects().delete(directAddress(sha256));
    }

    private Optional<Artifact> verifiedDirect(String sha256) {
        String uri = directAddress(sha256);
        if (store.signed().isEmpty() || streams.find(uri).isEmpty()) {
            return Optional.empty();
        }
        Artifact read = store.objects().resolve(Artifact.unresolved(uri));
        if (!read.sha256().equals(sha256)) {
            store.objects().delete(uri);
            throw new ProblemException(
                    Kind.CONTENT_MISMATCH,
                    "what was uploaded as %s has the sha256 %s".formatted(sha256, read.sha256()));
        }
        return Optional.of(read);
    }

    private void checkSize(long size) {
        if (size < 0 || size > maxSize) {
            throw new ProblemException(
                    Kind.TOO_LARGE,
                    "a file may have %,d bytes (MILLRACE_FILES_MAX_SIZE), this one has %,d".formatted(maxSize, size));
        }
    }

    private static int parts(long size) {
        return Math.toIntExact((size + PART_SIZE - 1) / PART_SIZE);
    }

    private static long partSize(long size, int number) {
        return Math.min(PART_SIZE, size - (long) number * PART_SIZE);
    }

    private String address(String sha256) {
        return store.upload("blobs/" + sha256);
    }

    private String directAddress(String sha256) {
        return store.upload("direct/" + sha256);
    }

    private String part(String sha256, int number) {
        return store.upload("parts/%s/%05d".formatted(sha256, number));
    }

    /** Opens one part after the other. */
    private final class Parts implements Enumeration<InputStream> {
        private final String sha256;
        private final int parts;
        private int next;

        Parts(String sha256, int parts) {
            this.sha256 = sha256;
            this.parts = parts;
        }

        @Override
        public boolean hasMoreElements() {
            return next < parts;
        }

        @Override
        public InputStream nextElement() {
            if (next >= parts) {
                throw new NoSuchElementException();
            }
            return streams.open(part(sha256, next++), 0, null);
        }
    }
}
