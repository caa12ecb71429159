package io.millrace.orchestrator.rest;

import io.quarkus.runtime.StartupEvent;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.interceptor.Interceptor;
import java.net.InetAddress;
import java.net.UnknownHostException;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** How far REST can be reached, and whether it asks who comes. */
@ApplicationScoped
class Exposure {
    private final String host;
    private final boolean tokens;
    private final boolean open;

    Exposure(@ConfigProperty(name = "quarkus.http.host") String host, RestConfig config) {
        this.host = host;
        this.tokens = config.issuer().isPresent();
        this.open = config.open();
    }

    /** An installation that anybody in the network may use is never one by accident. */
    void check(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE - 100) StartupEvent started) {
        if (!loopback() && !tokens && !open) {
            throw new IllegalStateException(
                    "REST would listen on %s and let everybody in. Set MILLRACE_REST_ISSUER to ask for tokens, leave"
                                    .formatted(host)
                            + " QUARKUS_HTTP_HOST at 127.0.0.1, or say with MILLRACE_REST_OPEN=true that something else"
                            + " guards it");
        }
    }

    /** Whether requests need a token. */
    boolean tokens() {
        return tokens;
    }

    /** Whether only this machine can reach it. */
    boolean loopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
