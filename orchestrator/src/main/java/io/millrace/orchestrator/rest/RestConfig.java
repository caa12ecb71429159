package io.millrace.orchestrator.rest;

import io.smallrye.config.ConfigMapping;
import io.smallrye.config.WithDefault;
import java.util.Optional;
import java.util.Set;

/** Who may use REST. */
@ConfigMapping(prefix = "millrace.rest")
public interface RestConfig {

    /** Who issues the tokens ({@code iss}) that requests need. Without an issuer nobody is asked. */
    Optional<String> issuer();

    /** Whether REST may listen beyond this machine without asking for tokens: something else guards it then. */
    @WithDefault("false")
    boolean open();

    /** Further names under which clients reach this server; without any, one that listens beyond loopback takes all. */
    Optional<Set<String>> hosts();

    /** Origins whose pages may send requests, beside this server's own: {@code https://console.example.org}. */
    Optional<Set<String>> origins();
}
