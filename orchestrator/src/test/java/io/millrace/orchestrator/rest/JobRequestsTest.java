package io.millrace.orchestrator.rest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.millrace.contracts.ProblemException;
import io.millrace.contracts.event.JobEvent;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JobRequestsTest {

    /** One that is gone, and one that takes connections and says nothing. */
    @Test
    void aBrokerThatDoesNotAnswerIsAProblemSoon() throws Exception {
        try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            int gone;
            try (ServerSocket closed = new ServerSocket(0)) {
                gone = closed.getLocalPort();
            }
            for (int port : new int[] {gone, silent.getLocalPort()}) {
                JobRequests requests = new JobRequests(Map.of("bootstrap.servers", "127.0.0.1:" + port));
                Instant start = Instant.now();

                assertThatExceptionOfType(ProblemException.class)
                        .isThrownBy(() -> requests.send(new JobEvent.CancelRequested("a-job", null), null))
                        .satisfies(e -> assertThat(e.problem().status()).isEqualTo(503))
                        .withMessageContaining("a-job")
                        .withMessageContaining("Idempotency-Key");
                assertThat(Duration.between(start, Instant.now()))
                        .isBetween(Duration.ofSeconds(4), Duration.ofSeconds(8));
                requests.close();
            }
        }
    }
}
