package io.millrace.artifacts;

import io.millrace.artifacts.StoreException.Reason;
import io.millrace.contracts.Artifact;
import io.minio.BucketExistsArgs;
import io.minio.MakeBucketArgs;
import io.minio.MinioClient;
import io.minio.StatObjectResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;

/**
 * Files and folders in an S3-compatible object store. Everything streams; digests travel as user
 * metadata {@code sha256} and are checked on every read. Safe for use by several threads.
 *
 * <p>All methods throw {@link StoreException}, whose kind says whether trying again can help.
 */
public final class ObjectStore implements AutoCloseable {
    static final String OCTETS = "application/octet-stream";
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
    private static final Duration TRANSFER_LIMIT = Duration.ofSeconds(60);

    private final StoreSettings settings;
    private final MinioClient client;
    private final StoreFaults faults;
    private final Objects objects;

    public ObjectStore(StoreSettings settings) {
        this.settings = settings;
        this.client = MinioClient.builder()
                .endpoint(settings.endpoint().toString())
                .region(settings.region())
                .credentials(settings.accessKey(), settings.secretKey())
                .httpClient(http(), true)
                .build();
        this.faults = new StoreFaults(settings.endpoint());
        this.objects = new Objects(settings, client, faults);
    }

    /** Stores a file, over whatever is there, and tells its digest and size. */
    public Artifact put(String uri, Path file) {
        ObjectUri target = objects.file(uri);
        try {
            String sha256 = Sha256.of(file);
            long size = Files.size(file);
            try (InputStream in = Files.newInputStream(file)) {
                objects.upload(target, in, size, sha256, OCTETS, Map.of());
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
            Optional<StatObjectResponse> there = objects.stat(objects.file(uri));
            return there.isPresent() && sha256.equals(Objects.digest(there.get()))
                    ? new Artifact(uri, sha256, there.get().size())
                    : put(uri, file);
        } catch (IOException e) {
            throw faults.local(file, e);
        }
    }

    /** Content as streams, for what passes it on without a file of its own. */
    public ObjectStreams streams() {
        return new ObjectStreams(objects);
    }

    /** JSON documents. */
    public Documents documents() {
        return new Documents(objects);
    }

    /** Whether an object is there. */
    public boolean exists(String uri) {
        return objects.stat(objects.file(uri)).isPresent();
    }

    /** Removes whatever is under a folder's address, if anything. */
    public void deleteFolder(String folderUri) {
        for (String name : objects.names(objects.folder(folderUri))) {
            delete(folderUri + name);
        }
    }

    /** Removes an object; one that is not there counts as removed. */
    public void delete(String uri) {
        objects.delete(objects.file(uri));
    }

    /**
     * Copies an object into a local file, and checks it on the way against the artifact's digest, or against the
     * recorded one if the artifact has none.
     *
     * @param target a file that need not exist; it holds a part of the content if this fails
     * @return the artifact, resolved
     */
    public Artifact get(Artifact artifact, Path target) {
        ObjectUri source = objects.file(artifact.uri());
        try (OutputStream out = Files.newOutputStream(target)) {
            return objects.read(source, artifact.sha256(), new LocalFile(target, out, faults));
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
        ObjectUri folder = objects.folder(folderUri);
        List<StoredObject> files = objects.names(folder).stream()
                .map(name -> objects.file(folder + name))
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
        ObjectUri source = objects.allowed(ObjectUri.parse(artifact.uri()));
        if (!source.folder()) {
            StatObjectResponse found = objects.stat(source).orElseThrow(() -> objects.notFound(source));
            checkSize(source, found.size(), most);
            return new Artifact(artifact.uri(), digestOrRead(source, Objects.digest(found)), found.size());
        }
        List<StoredObject> listed = list(artifact.uri());
        checkSize(source, listed.stream().mapToLong(StoredObject::size).sum(), most);
        List<StoredObject> files = listed.stream()
                .map(file -> new StoredObject(
                        file.name(), digestOrRead(objects.file(source + file.name()), file.sha256()), file.size()))
                .toList();
        return folderArtifact(artifact.uri(), files);
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
     * Returns if the store answers, lets us in, and has this bucket. Others that jobs may name matter only to their tasks.
     *
     * @throws StoreException that names the bucket if it is missing, or what else is wrong
     */
    public void checkReachable(String bucket) {
        if (!objects.bucketExists(bucket)) {
            throw new StoreException(
                    Reason.NOT_FOUND,
                    "%s has no bucket '%s': create it, or name another one.".formatted(settings.endpoint(), bucket));
        }
    }

    /** Returns if an object can be written there. */
    public void checkWritable(String uri) {
        documents().put(uri, Map.of("checked", true));
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

    private StoredObject stored(ObjectUri folder, ObjectUri file) {
        StatObjectResponse found = objects.stat(file).orElseThrow(() -> objects.notFound(file));
        return new StoredObject(file.key().substring(folder.key().length()), Objects.digest(found), found.size());
    }

    private static OkHttpClient http() {
        return new OkHttpClient.Builder()
                .protocols(List.of(Protocol.HTTP_1_1))
                .connectTimeout(CONNECT_LIMIT)
                .readTimeout(TRANSFER_LIMIT)
                .writeTimeout(TRANSFER_LIMIT)
                .build();
    }

    private String digestOrRead(ObjectUri source, String recorded) {
        return recorded != null
                ? recorded
                : objects.read(source, null, OutputStream.nullOutputStream()).sha256();
    }

    private static void checkSize(ObjectUri source, long size, long most) {
        if (size > most) {
            throw new StoreException(
                    Reason.TOO_LARGE,
                    "%s has %d bytes, more than the local cache may hold (%d): raise millrace.store.cache-size."
                            .formatted(source, size, most));
        }
    }
}
