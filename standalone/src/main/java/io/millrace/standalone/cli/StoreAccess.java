package io.millrace.standalone.cli;

import io.millrace.artifacts.ObjectStore;
import io.millrace.artifacts.Sha256;
import io.millrace.artifacts.StoreSettings;
import io.millrace.artifacts.StoredObject;
import io.millrace.contracts.Artifact;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** The installation's object store, for what a user brings and takes away. */
final class StoreAccess implements AutoCloseable {
    private final ObjectStore store;
    private final String bucket;
    private final Map<Path, String> uploaded = new HashMap<>();

    private StoreAccess(ObjectStore store, String bucket) {
        this.store = store;
        this.bucket = bucket;
    }

    /** Settings come from the environment ({@code MILLRACE_STORE_ENDPOINT}, ...), or from a server in this JVM. */
    static StoreAccess fromSettings() {
        String bucket = setting("bucket", "millrace");
        URI endpoint = URI.create(setting("endpoint", "http://localhost:9000"));
        StoreSettings settings = new StoreSettings(
                endpoint,
                setting("access-key", ""),
                setting("secret-key", ""),
                setting("region", "us-east-1"),
                Set.of(bucket));
        return new StoreAccess(new ObjectStore(settings), bucket);
    }

    /** Uploads a file or folder under the hash of its content, once, and gives its address. */
    String upload(Path local, PrintStream out) throws IOException {
        String known = uploaded.get(local);
        if (known == null) {
            known = send(local, out);
            uploaded.put(local, known);
        }
        return known;
    }

    private String send(Path local, PrintStream out) throws IOException {
        if (Files.isDirectory(local)) {
            String uri = "s3://%s/uploads/%s/".formatted(bucket, digestOfFolder(local));
            out.println("uploading " + local);
            store.putFolder(uri, local);
            return uri;
        }
        String uri = "s3://%s/uploads/%s/%s".formatted(bucket, Sha256.of(local), local.getFileName());
        out.println("uploading " + local);
        store.putOnce(uri, local);
        return uri;
    }

    /** Fetches a file and verifies it. */
    void download(Artifact artifact, Path target) {
        store.get(artifact, target);
    }

    @Override
    public void close() {
        store.close();
    }

    private static String digestOfFolder(Path folder) throws IOException {
        List<StoredObject> files = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
                files.add(new StoredObject(folder.relativize(file).toString(), Sha256.of(file), Files.size(file)));
            }
        }
        return Sha256.ofListing(files);
    }

    private static String setting(String name, String otherwise) {
        String property = System.getProperty("millrace.store." + name);
        if (property != null) {
            return property;
        }
        String variable = System.getenv("MILLRACE_STORE_" + name.toUpperCase().replace('-', '_'));
        return variable != null ? variable : otherwise;
    }
}
