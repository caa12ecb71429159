package io.millrace.standalone.server;

import io.millrace.contracts.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What clients on this machine need to know of a running installation, as files that only their owner may read:
 * {@code client.properties} for Kafka's own tools and clients, {@code client.env} for shells, {@code client.json} for
 * programs. They go when the installation stops, for its keys are new at each start.
 */
public final class ClientFiles implements AutoCloseable {
    static final String JSON = "client.json";

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");

    private final List<Path> files;

    private ClientFiles(List<Path> files) {
        this.files = files;
    }

    /**
     * @param url of REST
     * @param kafka bootstrap servers
     * @param s3 address of the object store
     */
    public record Settings(String url, String kafka, String s3, String accessKey, String secretKey, String bucket) {}

    /** Writes them into a folder. */
    public static ClientFiles write(Path folder, Settings settings) throws IOException {
        String kafka = """
                # For Kafka's clients and tools: --command-config, --producer.config, --consumer.config
                bootstrap.servers=%s
                isolation.level=read_committed
                """.formatted(settings.kafka());
        Map<String, String> variables = new LinkedHashMap<>();
        variables.put("MILLRACE_URL", settings.url());
        variables.put("KAFKA_BOOTSTRAP_SERVERS", settings.kafka());
        variables.put("AWS_ENDPOINT_URL", settings.s3());
        variables.put("AWS_ACCESS_KEY_ID", settings.accessKey());
        variables.put("AWS_SECRET_ACCESS_KEY", settings.secretKey());
        variables.put("AWS_REGION", "us-east-1");
        variables.put("MILLRACE_STORE_BUCKET", settings.bucket());
        String environment = variables.entrySet().stream()
                .map(variable -> "export " + variable.getKey() + "='" + variable.getValue() + "'\n")
                .collect(Collectors.joining("", "# source this: . client.env\n", ""));
        return new ClientFiles(List.of(
                write(folder.resolve("client.properties"), kafka),
                write(folder.resolve("client.env"), environment),
                write(
                        folder.resolve(JSON),
                        Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(settings) + "\n")));
    }

    /** The first by its path, the others by name. */
    public String names() {
        return files.get(0)
                + files.stream().skip(1).map(f -> ", " + f.getFileName()).collect(Collectors.joining());
    }

    @Override
    public void close() throws IOException {
        for (Path file : files) {
            Files.deleteIfExists(file);
        }
    }

    /** Private before there is anything to read in it. */
    private static Path write(Path file, String text) throws IOException {
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
        return Files.writeString(file, text, StandardOpenOption.WRITE);
    }
}
