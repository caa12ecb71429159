package io.millrace.it.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A Kafka server run as the official image runs it: the image's own code makes {@code server.properties} of the
 * {@code KAFKA_*} variables and formats the storage, then {@code kafka.Kafka} starts with that file.
 */
public final class KafkaNode {
    /** What the image takes if {@code CLUSTER_ID} is not set. */
    private static final String CLUSTER_ID = "5L6g3nShT-eMCtK--X86sw";

    private static final String LOGGING = """
            Configuration:
              Loggers:
                Root: {level: WARN}
                Logger: []
            """;

    private KafkaNode() {}

    /**
     * Makes the configuration, formats the storage if it is new, and tells how to start the server.
     *
     * @param folder for the configuration
     * @throws IllegalStateException if the variables are refused, with what was said
     */
    public static ServiceProcess prepare(Path folder, Map<String, String> variables, Path log)
            throws IOException, InterruptedException {
        Path defaults = Files.createDirectories(folder.resolve("defaults"));
        Files.writeString(defaults.resolve("server.properties"), "");
        Files.writeString(defaults.resolve("log4j2.yaml"), LOGGING);
        Files.writeString(defaults.resolve("tools-log4j2.yaml"), LOGGING);
        Path mounted = Files.createDirectories(folder.resolve("mounted"));
        Path configuration = Files.createDirectories(folder.resolve("config"));
        Map<String, String> environment = new HashMap<>(variables);
        environment.putIfAbsent("CLUSTER_ID", CLUSTER_ID);
        Path output = folder.resolve("setup.log");
        Files.deleteIfExists(output);
        List<String> arguments =
                List.of("setup", "-D", defaults.toString(), "-M", mounted.toString(), "-F", configuration.toString());
        ServiceProcess setup = ServiceProcess.program("kafka.docker.KafkaDockerWrapper", arguments, environment, output)
                .start();
        int code = setup.exitCode();
        String said = Files.readString(output);
        if (code != 0 && !said.contains("already formatted")) {
            throw new IllegalStateException("Kafka's set-up ended with " + code + ": " + said);
        }
        String properties = configuration.resolve("server.properties").toString();
        environment.keySet().removeIf(name -> name.startsWith("KAFKA_"));
        return ServiceProcess.program("kafka.Kafka", List.of(properties), environment, log);
    }
}
