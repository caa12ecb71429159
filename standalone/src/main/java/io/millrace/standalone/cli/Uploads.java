package io.millrace.standalone.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import io.millrace.artifacts.Sha256;
import io.millrace.artifacts.StoredObject;
import io.millrace.contracts.Json;
import io.millrace.orchestrator.rest.BlobsResource.Upload;
import io.millrace.orchestrator.rest.FoldersResource.Folder;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Brings local files and folders into an installation, by content: what is there already is not sent again. */
final class Uploads {
    private static final int TRIES = 3;
    private static final Duration LONGEST_DIRECT = Duration.ofHours(1);

    private final Http http;
    private final Map<Path, String> uploaded = new HashMap<>();

    Uploads(Http http) {
        this.http = http;
    }

    /** Uploads a file or folder once, and gives its address in the installation's store. */
    String upload(Path local, PrintStream out) throws IOException, InterruptedException {
        String known = uploaded.get(local);
        if (known == null) {
            known = send(local, out);
            uploaded.put(local, known);
        }
        return known;
    }

    private String send(Path local, PrintStream out) throws IOException, InterruptedException {
        Path folder = Files.isDirectory(local) ? local : local.getParent();
        List<StoredObject> files = new ArrayList<>();
        try (Stream<Path> walk = Files.walk(local)) {
            for (Path file : walk.filter(Files::isRegularFile).sorted().toList()) {
                String name = folder.relativize(file).toString().replace('\\', '/');
                files.add(new StoredObject(name, Sha256.of(file), Files.size(file)));
            }
        }
        if (files.isEmpty()) {
            throw new UserException("there is no file in " + local);
        }
        String digest = Sha256.ofListing(files);
        String path = "/api/folders/" + digest;
        Optional<Folder> there = http.find(http.request(path).GET(), new TypeReference<>() {});
        String uri = there.isPresent() ? there.get().uri() : create(path, folder, files, local, out);
        return Files.isDirectory(local) ? uri : uri + files.get(0).name();
    }

    private String create(String path, Path folder, List<StoredObject> files, Path local, PrintStream out)
            throws IOException, InterruptedException {
        long size = files.stream().mapToLong(StoredObject::size).sum();
        out.printf("uploading %s (%,d bytes)%n", local, size);
        for (StoredObject file : files) {
            sendContent(folder.resolve(file.name()), file.sha256(), file.size());
        }
        return http.json(
                        http.request(path)
                                .header("Content-Type", "application/json")
                                .PUT(BodyPublishers.ofString(Json.mapper().writeValueAsString(files))),
                        new TypeReference<Folder>() {})
                .uri();
    }

    private void sendContent(Path file, String sha256, long size) throws IOException, InterruptedException {
        String blob = "/api/blobs/" + sha256;
        if (http.exchange(http.request(blob).method("HEAD", BodyPublishers.noBody()))
                        .statusCode()
                == 200) {
            return;
        }
        Upload upload = http.json(http.request(blob + "/parts?size=" + size).GET(), new TypeReference<>() {});
        if (upload.direct() != null) {
            sendDirectly(file, upload);
        } else if (size <= upload.partSize()) {
            http.expectSuccess(http.exchange(http.request(blob).PUT(BodyPublishers.ofFile(file))));
        } else {
            sendParts(file, blob, size, upload);
        }
    }

    private void sendParts(Path file, String blob, long size, Upload upload) throws IOException, InterruptedException {
        try (RandomAccessFile content = new RandomAccessFile(file.toFile(), "r")) {
            for (int part = 0; (long) part * upload.partSize() < size; part++) {
                if (!upload.present().contains(part)) {
                    long from = (long) part * upload.partSize();
                    byte[] bytes = new byte[(int) Math.min(upload.partSize(), size - from)];
                    content.seek(from);
                    content.readFully(bytes);
                    sendPart(http.request(blob + "/parts/" + part).PUT(BodyPublishers.ofByteArray(bytes)));
                }
            }
        }
        http.expectSuccess(
                http.exchange(http.request(blob + "/parts?size=" + size).POST(BodyPublishers.noBody())));
    }

    /** A connection that breaks costs one part, which is sent again. */
    private void sendPart(HttpRequest.Builder request) throws IOException, InterruptedException {
        for (int attempt = 1; ; attempt++) {
            try {
                http.expectSuccess(http.exchange(request));
                return;
            } catch (IOException e) {
                if (attempt == TRIES) {
                    throw e;
                }
                Thread.sleep(Duration.ofSeconds(attempt).toMillis());
            }
        }
    }

    /** To the store itself; its address is signed, and our token is none of its business. */
    private void sendDirectly(Path file, Upload upload) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = http.send(
                HttpRequest.newBuilder(upload.direct())
                        .timeout(LONGEST_DIRECT)
                        .PUT(BodyPublishers.ofFile(file))
                        .build(),
                BodyHandlers.ofByteArray());
        if (answer.statusCode() / 100 != 2) {
            throw new UserException("the object store at %s did not take %s (HTTP %d)"
                    .formatted(upload.direct().getAuthority(), file, answer.statusCode()));
        }
    }
}
