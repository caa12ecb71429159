package io.millrace.standalone.cli;

import io.millrace.standalone.server.AllInOne;
import io.millrace.standalone.server.ClientFiles;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code millrace up}. */
@Command(
        name = "up",
        description = "Starts everything in this JVM and keeps it running.",
        mixinStandardHelpOptions = true)
final class UpCommand implements Callable<Integer> {
    @Option(
            names = "--state",
            description = "Folder for all state (default: ${DEFAULT-VALUE}).",
            defaultValue = ".millrace")
    private Path state;

    @Option(
            names = "--port",
            description = "Port of REST; 0 for any (default: ${DEFAULT-VALUE}).",
            defaultValue = "8080")
    private int port;

    @Option(names = "--kafka-port", description = "Port of Kafka; 0 for any (default: 9092, or the next that is free).")
    private Integer kafkaPort;

    @Option(names = "--s3-port", description = "Port of S3; 0 for any (default: 9000, or the next that is free).")
    private Integer s3Port;

    @Override
    public Integer call() throws Exception {
        Path folder = state.toAbsolutePath().normalize();
        AllInOne.Options options = new AllInOne.Options(
                folder,
                port,
                kafkaPort == null ? AllInOne.Options.firstFree(9092) : kafkaPort,
                s3Port == null ? AllInOne.Options.firstFree(9000) : s3Port);
        System.out.println("Starting Kafka, S3 and the services ...");
        try (AllInOne millrace = AllInOne.start(options);
                ClientFiles files = ClientFiles.write(folder, millrace.clientSettings())) {
            System.out.println("REST    " + millrace.address() + "  (try it: " + millrace.address() + "/q/swagger-ui)");
            System.out.println("Kafka   " + millrace.kafka());
            System.out.println("S3      " + millrace.s3() + "  bucket " + AllInOne.BUCKET);
            System.out.println("For clients: " + files.names());
            System.out.println("Millrace is up. Submit with: millrace submit job.yaml"
                    + (port == 8080 ? "" : " --url " + millrace.address()) + "    Ctrl-C stops it.");
            millrace.awaitStop();
        }
        return 0;
    }
}
