package io.millrace.artifacts;

import io.millrace.artifacts.StoreException.Reason;
import io.millrace.contracts.Artifact;
import io.minio.BucketExistsArgs;
import io.minio.GetObjectArgs;
import io.minio.GetObjectResponse;
import io.minio.ListObjectsArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.Result;
import io.minio.StatObjectArgs;
import io.minio.StatObjectResponse;
import io.minio.errors.MinioException;
import io.minio.messages.Item;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The calls on single objects and listings that everything here is made of, each on an address that is allowed. */
final class Objects {
    private static final String DIGEST = "sha256";
    private static final String RECORDED_DIGEST = "x-amz-meta-" + DIGEST;
    private static final long PART_SIZE = 16L << 20;
    private static final int MOST_FILES_OF_A_FOLDER = 100_000;

    private final StoreSettings settings;
    private final MinioClient client;
    private final StoreFaults faults;

    Objects(StoreSettings settings, MinioClient client, StoreFaults faults) {
        this.settings = settings;
        this.client = client;
        this.faults = faults;
    }

    MinioClient client() {
        return client;
    }

    StoreFaults faults() {
        return faults;
    }

    Optional<StatObjectResponse> stat(ObjectUri target) {
        return faults.find(
                target,
                () -> client.statObject(StatObjectArgs.builder()
                        .bucket(target.bucket())
                        .object(target.key())
                        .build()));
    }

    void upload(ObjectUri target, InputStream in, long size, String sha256, String type, Map<String, String> headers) {
        faults.guard(
                target,
                () -> client.putObject(PutObjectArgs.builder()
                        .bucket(target.bucket())
                        .object(target.key())
                        .contentType(type)
                        .userMetadata(Map.of(DIGEST, sha256))
                        .extraHeaders(headers)
                        .stream(in, size, size > PART_SIZE ? PART_SIZE : -1L)
                        .build()));
    }

    GetObjectResponse open(ObjectUri source) throws MinioException {
        return client.getObject(GetObjectArgs.builder()
                .bucket(source.bucket())
                .object(source.key())
                .build());
    }

    /** Copies its content, and checks it against a digest, or against the recorded one. */
    Artifact read(ObjectUri source, String expected, OutputStream out) {
        return faults.guard(source, () -> {
            try (GetObjectResponse in = open(source)) {
                CountingOutputStream counted = new CountingOutputStream(out);
                String sha256 = Sha256.copy(in, counted);
                String recorded = expected != null ? expected : in.headers().get(RECORDED_DIGEST);
                if (recorded != null && !recorded.equals(sha256)) {
                    throw new StoreException(
                            Reason.CHANGED,
                            "The content of %s has changed: its sha256 is %s, expected was %s."
                                    .formatted(source, sha256, recorded));
                }
                return new Artifact(source.toString(), sha256, counted.count());
            }
        });
    }

    /** Names of the files under a folder, sorted. */
    List<String> names(ObjectUri folder) {
        Iterable<Result<Item>> found = client.listObjects(ListObjectsArgs.builder()
                .bucket(folder.bucket())
                .prefix(folder.key())
                .recursive(true)
                .build());
        List<String> names = new ArrayList<>();
        for (Result<Item> result : found) {
            Item item = faults.guard(folder, result::get);
            String name = item.objectName().substring(folder.key().length());
            if (item.isDir() || name.isEmpty() || name.endsWith("/")) {
                continue;
            }
            ObjectUri.checkKey(folder + name, name);
            if (names.size() == MOST_FILES_OF_A_FOLDER) {
                throw new StoreException(
                        Reason.TOO_LARGE, "%s holds more than %d files.".formatted(folder, MOST_FILES_OF_A_FOLDER));
            }
            names.add(name);
        }
        Collections.sort(names);
        return names;
    }

    /** One that is not there counts as removed. */
    void delete(ObjectUri target) {
        faults.guard(target, () -> {
            client.removeObject(RemoveObjectArgs.builder()
                    .bucket(target.bucket())
                    .object(target.key())
                    .build());
            return null;
        });
    }

    boolean bucketExists(String bucket) {
        return faults.guard(
                new ObjectUri(bucket, ""),
                () -> client.bucketExists(
                        BucketExistsArgs.builder().bucket(bucket).build()));
    }

    /** What to say of an object that a look has not found; a look does not tell whether its bucket is there. */
    StoreException notFound(ObjectUri uri) {
        return new StoreException(
                Reason.NOT_FOUND,
                bucketExists(uri.bucket())
                        ? "There is no object at %s.".formatted(uri)
                        : "The bucket of %s does not exist at %s.".formatted(uri, settings.endpoint()));
    }

    /** The digest that was recorded with it; {@code null} if none was. */
    static String digest(StatObjectResponse found) {
        return found.headers().get(RECORDED_DIGEST);
    }

    /** The address of a file. */
    ObjectUri file(String uri) {
        ObjectUri parsed = allowed(ObjectUri.parse(uri));
        if (parsed.folder()) {
            throw new StoreException(Reason.REFUSED, "%s is a folder; a file is wanted here.".formatted(uri));
        }
        return parsed;
    }

    /** The address of a folder. */
    ObjectUri folder(String uri) {
        ObjectUri parsed = allowed(ObjectUri.parse(uri));
        if (!parsed.folder()) {
            throw new StoreException(Reason.REFUSED, "%s must end with '/' to name a folder.".formatted(uri));
        }
        return parsed;
    }

    ObjectUri allowed(ObjectUri uri) {
        if (!settings.buckets().contains(uri.bucket())) {
            throw new StoreException(
                    Reason.REFUSED,
                    "%s is refused: bucket '%s' is none of the configured ones (%s)."
                            .formatted(
                                    uri,
                                    uri.bucket(),
                                    String.join(
                                            ", ",
                                            settings.buckets().stream().sorted().toList())));
        }
        return uri;
    }
}
