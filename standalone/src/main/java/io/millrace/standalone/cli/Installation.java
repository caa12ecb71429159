package io.millrace.standalone.cli;

import java.net.URI;
import picocli.CommandLine.Option;

/** Which installation a command talks to. */
final class Installation {
    @Option(
            names = "--url",
            description = "Address of the installation (default: ${DEFAULT-VALUE}; env MILLRACE_URL)."
                    + " If it asks for a token, MILLRACE_TOKEN holds it.",
            defaultValue = "${env:MILLRACE_URL:-http://localhost:8080}")
    private String url;

    MillraceClient client() {
        return new MillraceClient(checked(url), System.getenv("MILLRACE_TOKEN"));
    }

    private static URI checked(String url) {
        try {
            URI address = URI.create(url);
            if (("http".equals(address.getScheme()) || "https".equals(address.getScheme()))
                    && address.getHost() != null) {
                return address;
            }
        } catch (IllegalArgumentException e) {
            // said below
        }
        throw new UserException(
                "\"" + url + "\" is no address of an installation; one looks like http://localhost:8080");
    }
}
