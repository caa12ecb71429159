package io.millrace.standalone.cli;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.contracts.Json;
import io.millrace.contracts.Problem.Kind;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/**
 * Requests to an installation. What it explains (RFC 9457) comes out as {@link UserException}; one that is still
 * starting, or whose broker or store is away, is waited for.
 */
final class Http {
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);
    private static final Duration ANSWER_LIMIT = Duration.ofMinutes(2);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration PAUSE = Duration.ofMillis(500);

    private final ObjectMapper json = Json.mapper();
    private final HttpClient http =
            HttpClient.newBuilder().connectTimeout(CONNECT_LIMIT).build();
    private final URI server;
    private final String token;

    /** @param token for an installation that asks for one; may be {@code null} */
    Http(URI server, String token) {
        this.server = server;
        this.token = token;
    }

    URI server() {
        return server;
    }

    /** A request to a path below the installation's address. */
    HttpRequest.Builder request(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(
                        URI.create(server.toString().replaceAll("/+$", "") + path))
                .timeout(ANSWER_LIMIT);
        return token == null || token.isBlank() ? request : request.header("Authorization", "Bearer " + token);
    }

    /** Asks and reads the answer as JSON. */
    <T> T json(HttpRequest.Builder request, TypeReference<T> type) throws IOException, InterruptedException {
        return read(expectSuccess(exchange(request)), type);
    }

    /** As {@link #json}; empty if there is nothing. */
    <T> Optional<T> find(HttpRequest.Builder request, TypeReference<T> type) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = exchange(request);
        boolean nothing = answer.statusCode() == 404 && explained(answer).isPresent();
        return nothing ? Optional.empty() : Optional.of(read(expectSuccess(answer), type));
    }

    /** Asks; whatever the answer is, short of "try again". */
    HttpResponse<byte[]> exchange(HttpRequest.Builder request) throws IOException, InterruptedException {
        long until = System.nanoTime() + PATIENCE.toNanos();
        HttpResponse<byte[]> answer = send(request.build(), BodyHandlers.ofByteArray());
        while (again(answer) && System.nanoTime() < until) {
            Thread.sleep(PAUSE.toMillis());
            answer = send(request.build(), BodyHandlers.ofByteArray());
        }
        return answer;
    }

    /** Whether it is only too early: something is away or starting, or the job is not to be seen yet. */
    private boolean again(HttpResponse<byte[]> answer) {
        return answer.statusCode() == 503
                || answer.statusCode() == 409
                        && explained(answer)
                                .filter(problem -> Kind.KEY_IN_USE
                                        .uri()
                                        .equals(problem.path("type").asText()))
                                .isPresent();
    }

    /** Asks once, for an answer of any form; also the store itself, by an address that the installation has signed. */
    <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler) throws IOException, InterruptedException {
        try {
            return http.send(request, handler);
        } catch (ConnectException e) {
            throw new UserException(
                    request.uri().getAuthority().equals(server.getAuthority())
                            ? "nothing answers at " + server
                                    + ": start it with `millrace up`, or name another with --url"
                            : "the object store at %s, to which %s refers, cannot be reached from here: is its address right (MILLRACE_FILES_PUBLIC_STORE of the orchestrator), and the way to it open?"
                                    .formatted(request.uri().getAuthority(), server),
                    e);
        } catch (HttpTimeoutException e) {
            throw new UserException(request.uri() + " did not answer in time", e);
        }
    }

    HttpResponse<byte[]> expectSuccess(HttpResponse<byte[]> answer) {
        if (answer.statusCode() / 100 != 2) {
            throw refused(answer);
        }
        return answer;
    }

    /** The server's own words, with every fault on its own line. */
    UserException refused(HttpResponse<byte[]> answer) {
        String words = explained(answer).map(Http::inWords).orElseGet(() -> foreign(answer));
        return new UserException(answer.statusCode() == 401 ? words + "; MILLRACE_TOKEN gives it one" : words);
    }

    private <T> T read(HttpResponse<byte[]> answer, TypeReference<T> type) {
        try {
            T value = json.readValue(answer.body(), type);
            if (value != null) {
                return value;
            }
        } catch (IOException e) {
            // said below
        }
        throw new UserException(foreign(answer));
    }

    private String foreign(HttpResponse<byte[]> answer) {
        return "%s does not answer as Millrace does (HTTP %d, %s): is something else running there?"
                .formatted(
                        server,
                        answer.statusCode(),
                        answer.headers().firstValue("Content-Type").orElse("no content type"));
    }

    private Optional<JsonNode> explained(HttpResponse<byte[]> answer) {
        String type = answer.headers().firstValue("Content-Type").orElse("");
        if (!type.startsWith("application/problem+json")) {
            return Optional.empty();
        }
        try {
            return Optional.of(json.readTree(new String(answer.body(), StandardCharsets.UTF_8)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    private static String inWords(JsonNode problem) {
        StringBuilder text = new StringBuilder(
                problem.path("detail").asText(problem.path("title").asText("refused")));
        for (JsonNode fault : problem.path("faults")) {
            text.append("\n  ")
                    .append(fault.path("field").asText())
                    .append(": ")
                    .append(fault.path("message").asText());
        }
        return text.toString();
    }
}
