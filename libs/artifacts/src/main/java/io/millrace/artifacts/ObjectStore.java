package io.millrace.artifacts;

import io.millrace.artifacts.StoreException.Reason;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.Json;
import io.minio.BucketExistsArgs;
import io.minio.GetObjectArgs;
import io.minio.GetObjectResponse;
import io.minio.ListObjectsArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.RemoveObjectArgs;
import io.minio.Result;
import io.minio.StatObjectArgs;
import io.minio.StatObjectResponse;
import io.minio.errors.MinioException;
import io.minio.messages.Item;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;

/**
 * Files, folders and JSON documents in an S3-compatible object store. Everything streams; digests travel as user
 * metadata {@code sha256} and are checked on every read. Safe for use by several threads.
 *
 * <p>All methods throw {@link StoreException}, whose kind says whether trying again can help.
 */
public final class ObjectStore implements AutoCloseable {
    private static final String DIGEST = "sha256";
    private static final String OCTETS = "application/octet-stream";
    private static final String JSON = "application/json";
    private static final long PART_SIZE = 16L << 20;
    private static final int MOST_FILES_OF_A_FOLDER = 100_000;
    private static final int LARGEST_DOCUMENT = 64 << 20;
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
    private static final Duration TRANSFER_LIMIT = Duration.ofSeconds(60);

    private final StoreSettings settings;
    private final MinioClient client;
    private final StoreFaults faults;

    public ObjectStore(StoreSettings settings) {
        this.settings = settings;
        this.client = MinioClient.builder()
                .endpoint(settings.endpoint().toString())
                .region(settings.region())
                .credentials(settings.accessKey(), settings.secretKey())
                .httpClient(http(), true)
                .build();
        this.faults = new StoreFaults(settings.endpoint());
    }

    /** Stores a file, over whatever is there, and tells its digest and size. */
    public Artifact put(String uri, Path file) {
        ObjectUri target = object(uri);
        try {
            String sha256 = Sha256.of(file);
            long size = Files.size(file);
            try (InputStream in = Files.newInputStream(file)) {
                upload(target, in, size, sha256, OCTETS, Map.of());
            }
            return new Artifact(uri, sha256, size);
        } catch (IOException e) {
            throw faults.local(file, e);
        }
    }

    /**
     * Stores a folder's files (also those of its sub-folders) under an address that ends with {@code /}. Files that are
     * there already with the same content are not sent again.
     */
    public Artifact putFolder(String uri, Path folder) {
        List<Path> files;
        try (Stream<Path> walk = Files.walk(folder)) {
            files = walk.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw faults.local(folder, e);
        }
        List<StoredObject> stored = new ArrayList<>();
        for (Path file : files) {
            String name = folder.relativize(file).toString().replace('\\', '/');
            Artifact artifact = putOnce(uri + name, file);
            stored.add(new StoredObject(name, artifact.sha256(), artifact.size()));
        }
        return folderArtifact(uri, stored);
    }

    /** As {@link #put}, but sends nothing if the same content is there already. */
    public Artifact putOnce(String uri, Path file) {
        try {
            String sha256 = Sha256.of(file);
            Optional<StatObjectResponse> there = stat(object(uri));
            return there.isPresent() && sha256.equals(digest(there.get()))
                    ? new Artifact(uri, sha256, there.get().size())
                    : put(uri, file);
        } catch (IOException e) {
            throw faults.local(file, e);
        }
    }

    /** Content as streams, for what passes it on without a file of its own. */
    public ObjectStreams streams() {
        return new ObjectStreams(settings, client, faults);
    }

    /** Whether an object is there. */
    public boolean exists(String uri) {
        return stat(object(uri)).isPresent();
    }

    /** Removes whatever is under a folder's address, if anything. */
    public void deleteFolder(String folderUri) {
        for (String name : names(folder(folderUri))) {
            delete(folderUri + name);
        }
    }

    /** Removes an object; one that is not there counts as removed. */
    public void delete(String uri) {
        ObjectUri target = object(uri);
        faults.guard(target, () -> {
            client.removeObject(RemoveObjectArgs.builder()
                    .bucket(target.bucket())
                    .object(target.key())
                    .build());
            return null;
        });
    }

    /**
     * Copies an object into a local file, and checks it on the way against the artifact's digest, or against the
     * recorded one if the artifact has none.
     *
     * @param target a file that need not exist; it holds a part of the content if this fails
     * @return the artifact, resolved
     */
    public Artifact get(Artifact artifact, Path target) {
        ObjectUri source = object(artifact.uri());
        try (OutputStream out = Files.newOutputStream(target)) {
            return read(source, artifact.sha256(), new LocalFile(target, out, faults));
        } catch (IOException e) {
            throw faults.local(target, e);
        }
    }

    /**
     * The files of a folder, sorted by name.
     *
     * @throws StoreException {@code NOT_FOUND} if there is none
     */
    public List<StoredObject> list(String folderUri) {
        ObjectUri folder = folder(folderUri);
        List<StoredObject> files = names(folder).stream()
                .map(name -> object(folder + name))
                .map(file -> stored(folder, file))
                .toList();
        if (files.isEmpty()) {
            throw new StoreException(Reason.NOT_FOUND, "There is no object under %s.".formatted(folder));
        }
        return files;
    }

    /**
     * Fills in digest and size of a file or folder. Where nobody has recorded a digest, the content is read for it.
     */
    public Artifact resolve(Artifact artifact) {
        return resolve(artifact, Long.MAX_VALUE);
    }

    /** As {@link #resolve(Artifact)}, but reads nothing that is larger than {@code most} bytes. */
    Artifact resolve(Artifact artifact, long most) {
        if (artifact.resolved()) {
            return artifact;
        }
        ObjectUri source = allowed(ObjectUri.parse(artifact.uri()));
        if (!source.folder()) {
            StatObjectResponse found = stat(source).orElseThrow(() -> faults.notFound(source));
            checkSize(source, found.size(), most);
            return new Artifact(artifact.uri(), digestOrRead(source, digest(found)), found.size());
        }
        List<StoredObject> listed = list(artifact.uri());
        checkSize(source, listed.stream().mapToLong(StoredObject::size).sum(), most);
        List<StoredObject> files = listed.stream()
                .map(file -> new StoredObject(
                        file.name(), digestOrRead(object(source + file.name()), file.sha256()), file.size()))
                .toList();
        return folderArtifact(artifact.uri(), files);
    }

    /** Reads a JSON document; empty if there is none. */
    public <T> Optional<T> getJson(String uri, Class<T> type) {
        ObjectUri source = object(uri);
        if (stat(source).isEmpty()) {
            return Optional.empty();
        }
        return faults.guard(source, () -> {
            try (GetObjectResponse in = open(source)) {
                byte[] document = in.readNBytes(LARGEST_DOCUMENT);
                return Optional.of(Json.mapper().readValue(document, type));
            }
        });
    }

    /** Reads a JSON document, and checks it on the way against the artifact's digest. */
    public <T> T getJson(Artifact artifact, Class<T> type) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        ObjectUri source = object(artifact.uri());
        if (artifact.size() > LARGEST_DOCUMENT) {
            throw new StoreException(
                    Reason.TOO_LARGE,
                    "%s has %d bytes, more than a document may have (%d)."
                            .formatted(source, artifact.size(), LARGEST_DOCUMENT));
        }
        read(source, artifact.sha256(), content);
        try {
            return Json.mapper().readValue(content.toByteArray(), type);
        } catch (IOException e) {
            throw new StoreException(Reason.CHANGED, "%s is no JSON document: %s.".formatted(source, e), e);
        }
    }

    /** Stores a JSON document, over whatever is there. */
    public Artifact putJson(String uri, Object document) {
        return putDocument(object(uri), document, Map.of());
    }

    /**
     * Stores a JSON document only if nothing is there: of several who try at once exactly one succeeds.
     *
     * @return whether this call has created it
     */
    public boolean createJson(String uri, Object document) {
        try {
            putDocument(object(uri), document, Map.of("If-None-Match", "*"));
            return true;
        } catch (StoreFaults.AlreadyThere e) {
            return false;
        }
    }

    /** Creates those of the configured buckets that are missing. */
    public void createBuckets() {
        for (String bucket : settings.buckets()) {
            faults.guard(new ObjectUri(bucket, ""), () -> {
                if (!client.bucketExists(
                        BucketExistsArgs.builder().bucket(bucket).build())) {
                    client.makeBucket(MakeBucketArgs.builder().bucket(bucket).build());
                }
                return null;
            });
        }
    }

    /**
     * Returns if the store answers, lets us in, and has the buckets that are configured.
     *
     * @throws StoreException that names the bucket that is missing, or what else is wrong
     */
    public void checkReachable() {
        for (String bucket : settings.buckets()) {
            boolean there = faults.guard(
                    new ObjectUri(bucket, ""),
                    () -> client.bucketExists(
                            BucketExistsArgs.builder().bucket(bucket).build()));
            if (!there) {
                throw new StoreException(
                        Reason.NOT_FOUND,
                        "%s has no bucket '%s': create it, or name another one."
                                .formatted(settings.endpoint(), bucket));
            }
        }
    }

    /** Returns if an object can be written there. */
    public void checkWritable(String uri) {
        putJson(uri, Map.of("checked", true));
    }

    @Override
    public void close() {
        try {
            client.close();
        } catch (Exception e) {
            throw new StoreException(
                    Reason.UNAVAILABLE, "The client of %s did not close.".formatted(settings.endpoint()), e);
        }
    }

    /** The artifact of a folder with these files, whose digests are known. */
    static Artifact folderArtifact(String uri, List<StoredObject> files) {
        long size = files.stream().mapToLong(StoredObject::size).sum();
        return new Artifact(uri, Sha256.ofListing(files), size);
    }

    private List<String> names(ObjectUri folder) {
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

    private StoredObject stored(ObjectUri folder, ObjectUri file) {
        StatObjectResponse found = stat(file).orElseThrow(() -> faults.notFound(file));
        return new StoredObject(file.key().substring(folder.key().length()), digest(found), found.size());
    }

    private static OkHttpClient http() {
        return new OkHttpClient.Builder()
                .protocols(List.of(Protocol.HTTP_1_1))
                .connectTimeout(CONNECT_LIMIT)
                .readTimeout(TRANSFER_LIMIT)
                .writeTimeout(TRANSFER_LIMIT)
                .build();
    }

    private Artifact putDocument(ObjectUri target, Object document, Map<String, String> headers) {
        try {
            byte[] bytes = Json.mapper().writeValueAsBytes(document);
            String sha256 = Sha256.of(bytes);
            upload(target, new ByteArrayInputStream(bytes), bytes.length, sha256, JSON, headers);
            return new Artifact(target.toString(), sha256, bytes.length);
        } catch (IOException e) {
            throw new IllegalArgumentException("Not a JSON document: " + document.getClass(), e);
        }
    }

    private void upload(
            ObjectUri target, InputStream in, long size, String sha256, String type, Map<String, String> headers) {
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

    private GetObjectResponse open(ObjectUri source) throws MinioException {
        return client.getObject(GetObjectArgs.builder()
                .bucket(source.bucket())
                .object(source.key())
                .build());
    }

    private Artifact read(ObjectUri source, String expected, OutputStream out) {
        return faults.guard(source, () -> {
            try (GetObjectResponse in = open(source)) {
                CountingOutputStream counted = new CountingOutputStream(out);
                String sha256 = Sha256.copy(in, counted);
                String recorded = expected != null ? expected : in.headers().get("x-amz-meta-" + DIGEST);
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

    private String digestOrRead(ObjectUri source, String recorded) {
        return recorded != null
                ? recorded
                : read(source, null, OutputStream.nullOutputStream()).sha256();
    }

    private Optional<StatObjectResponse> stat(ObjectUri target) {
        return faults.find(
                target,
                () -> client.statObject(StatObjectArgs.builder()
                        .bucket(target.bucket())
                        .object(target.key())
                        .build()));
    }

    private static void checkSize(ObjectUri source, long size, long most) {
        if (size > most) {
            throw new StoreException(
                    Reason.TOO_LARGE,
                    "%s has %d bytes, more than the local cache may hold (%d): raise millrace.store.cache-size."
                            .formatted(source, size, most));
        }
    }

    private static String digest(StatObjectResponse found) {
        return found.headers().get("x-amz-meta-" + DIGEST);
    }

    private ObjectUri object(String uri) {
        ObjectUri parsed = allowed(ObjectUri.parse(uri));
        if (parsed.folder()) {
            throw new StoreException(Reason.REFUSED, "%s is a folder; a file is wanted here.".formatted(uri));
        }
        return parsed;
    }

    private ObjectUri folder(String uri) {
        ObjectUri parsed = allowed(ObjectUri.parse(uri));
        if (!parsed.folder()) {
            throw new StoreException(Reason.REFUSED, "%s must end with '/' to name a folder.".formatted(uri));
        }
        return parsed;
    }

    private ObjectUri allowed(ObjectUri uri) {
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
