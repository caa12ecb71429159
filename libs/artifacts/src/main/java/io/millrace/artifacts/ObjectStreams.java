package io.millrace.artifacts;

import io.millrace.artifacts.StoreException.Reason;
import io.millrace.contracts.Artifact;
import io.minio.CopyObjectArgs;
import io.minio.Directive;
import io.minio.GetObjectArgs;
import io.minio.SourceObject;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.Optional;

/**
 * The content of objects as streams: for a server that passes on what it neither keeps in memory nor on disk. Digests
 * are the same user metadata {@code sha256} as {@link ObjectStore} writes. Safe for use by several threads; all methods
 * throw {@link StoreException}.
 */
public final class ObjectStreams {
    private final Objects objects;

    ObjectStreams(Objects objects) {
        this.objects = objects;
    }

    /** Digest (if recorded) and size of an object; empty if there is none. */
    public Optional<Artifact> find(String uri) {
        ObjectUri target = objects.file(uri);
        return objects.stat(target).map(found -> new Artifact(uri, Objects.digest(found), found.size()));
    }

    /**
     * Stores what a stream gives, over whatever is there, if it is what it is said to be: otherwise nothing becomes
     * visible.
     *
     * @throws StoreException {@code CHANGED} if size or digest are not those given
     */
    public Artifact put(String uri, InputStream content, long size, String sha256) {
        ObjectUri target = objects.file(uri);
        try (VerifiedInputStream verified = new VerifiedInputStream(content, size, sha256)) {
            if (size == 0) {
                verified.verify();
            }
            objects.upload(target, verified, size, sha256, ObjectStore.OCTETS, Map.of());
            return new Artifact(uri, sha256, size);
        } catch (StoreException e) {
            throw VerifiedInputStream.mismatch(e)
                    .map(reason -> new StoreException(Reason.CHANGED, "%s was not stored: %s.".formatted(uri, reason)))
                    .orElse(e);
        } catch (IOException e) {
            String reason = VerifiedInputStream.mismatch(e).orElse(e.toString());
            throw new StoreException(Reason.CHANGED, "%s was not stored: %s.".formatted(uri, reason), e);
        }
    }

    /**
     * A part of an object's content; to be closed by the caller.
     *
     * @param offset of the first byte
     * @param length how many bytes; {@code null} for all that follow
     */
    public InputStream open(String uri, long offset, Long length) {
        ObjectUri source = objects.file(uri);
        return objects.faults().guard(source, () -> objects.client()
                .getObject(GetObjectArgs.builder()
                        .bucket(source.bucket())
                        .object(source.key())
                        .offset(offset)
                        .length(length)
                        .build()));
    }

    /** Copies an object inside the store, at most 5 GiB, and records its digest at the copy. */
    public void copy(String from, String to, String sha256) {
        ObjectUri source = objects.file(from);
        ObjectUri target = objects.file(to);
        objects.faults().guard(source, () -> objects.client()
                .copyObject(CopyObjectArgs.builder()
                        .bucket(target.bucket())
                        .object(target.key())
                        .source(SourceObject.builder()
                                .bucket(source.bucket())
                                .object(source.key())
                                .build())
                        .metadataDirective(Directive.REPLACE)
                        .userMetadata(Map.of("sha256", sha256))
                        .build()));
    }
}
