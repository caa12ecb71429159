package io.millrace.standalone.cli;

import io.millrace.standalone.server.AllInOne;
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

    @Option(names = "--port", description = "Port of REST (default: ${DEFAULT-VALUE}).", defaultValue = "8080")
    private int port;

    @Override
    public Integer call() throws Exception {
        try (AllInOne millrace = AllInOne.start(state.toAbsolutePath(), port)) {
            System.out.println("Millrace answers at " + millrace.address() + " (API: " + millrace.address()
                    + "/q/openapi). Ctrl-C stops it.");
            millrace.awaitStop();
        }
        return 0;
    }
}
