package io.millrace.orchestrator.rest;

import io.millrace.contracts.Problem;
import io.millrace.contracts.Problem.Kind;
import io.quarkus.security.identity.IdentityProviderManager;
import io.quarkus.security.identity.SecurityIdentity;
import io.quarkus.vertx.http.runtime.security.QuarkusHttpUser;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.util.Locale;
import java.util.Set;
import org.jboss.resteasy.reactive.server.ServerRequestFilter;

/**
 * Who may ask. A page in a browser may not use an installation behind its user's back: neither by sending requests from
 * another origin, nor by a name that was rebound to this address. With an issuer of tokens configured, reading needs the
 * role {@code viewer} or {@code operator}, everything else {@code operator}.
 */
class RequestGuard {
    private static final Set<String> READING = Set.of("GET", "HEAD", "OPTIONS");
    private static final Set<String> LOCAL = Set.of("localhost", "127.0.0.1", "::1", "[::1]");

    private final Exposure exposure;
    private final RestConfig config;
    private final IdentityProviderManager identities;

    RequestGuard(Exposure exposure, RestConfig config, IdentityProviderManager identities) {
        this.exposure = exposure;
        this.config = config;
        this.identities = identities;
    }

    @ServerRequestFilter(preMatching = true, priority = 1)
    Response refuseStrangers(ContainerRequestContext request, HttpServerRequest http) {
        String host = http.authority() == null ? "" : http.authority().host().toLowerCase(Locale.ROOT);
        if (!known(host)) {
            return ProblemMappers.answer(Problem.of(
                    Kind.UNKNOWN_HOST,
                    "\"%s\" is no name of this server; if it is one, add it to MILLRACE_REST_HOSTS".formatted(host)));
        }
        String origin = request.getHeaderString("Origin");
        boolean foreign = origin == null
                ? "cross-site".equals(request.getHeaderString("Sec-Fetch-Site"))
                : !own(origin, http.authority().toString());
        if (foreign && !READING.contains(request.getMethod())) {
            return ProblemMappers.answer(Problem.of(
                    Kind.FOREIGN_ORIGIN,
                    "pages of %s may not do this; allow them with MILLRACE_REST_ORIGINS"
                            .formatted(origin == null ? "other sites" : origin)));
        }
        return null;
    }

    @ServerRequestFilter(priority = 2)
    Uni<Response> checkRole(RoutingContext context) {
        if (!exposure.tokens()) {
            return Uni.createFrom().nullItem();
        }
        return QuarkusHttpUser.getSecurityIdentity(context, identities)
                .map(who -> refusal(who, context.request().method().name()));
    }

    private static Response refusal(SecurityIdentity who, String method) {
        if (who.isAnonymous()) {
            return ProblemMappers.answer(
                    Problem.of(Kind.UNAUTHENTICATED, "a bearer token is needed: Authorization: Bearer <token>"));
        }
        boolean allowed = who.hasRole("operator") || READING.contains(method) && who.hasRole("viewer");
        return allowed
                ? null
                : ProblemMappers.answer(Problem.of(
                        Kind.NOT_ALLOWED,
                        "%s has the roles %s; viewer may look, operator may do everything"
                                .formatted(who.getPrincipal().getName(), who.getRoles())));
    }

    private boolean known(String host) {
        Set<String> named = config.hosts().orElse(Set.of());
        return LOCAL.contains(host) || named.contains(host) || named.isEmpty() && !exposure.loopback();
    }

    private boolean own(String origin, String authority) {
        return config.origins().orElse(Set.of()).contains(origin) || authority.equalsIgnoreCase(authorityOf(origin));
    }

    private static String authorityOf(String origin) {
        try {
            return String.valueOf(URI.create(origin).getAuthority());
        } catch (IllegalArgumentException e) {
            return "";
        }
    }
}
