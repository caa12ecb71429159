package io.millrace.standalone.cli;

import java.net.URI;
import picocli.CommandLine.Option;

/** Which installation a command talks to. */
final class Installation {
    @Option(
            names = "--server",
            description = "Address of the installation (default: ${DEFAULT-VALUE}; env MILLRACE_SERVER).",
            defaultValue = "${env:MILLRACE_SERVER:-http://localhost:8080}")
    private URI server;

    MillraceClient client() {
        return new MillraceClient(server);
    }
}
