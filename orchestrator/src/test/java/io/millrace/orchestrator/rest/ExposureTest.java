package io.millrace.orchestrator.rest;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ExposureTest {

    @Test
    void nobodyIsLetInFromTheNetworkByAccident() {
        assertThatIllegalStateException()
                .isThrownBy(() -> exposure("0.0.0.0", null, false).check(null))
                .withMessageContaining("MILLRACE_REST_ISSUER")
                .withMessageContaining("MILLRACE_REST_OPEN");
        for (Exposure fine : new Exposure[] {
            exposure("127.0.0.1", null, false),
            exposure("localhost", null, false),
            exposure("0.0.0.0", "https://issuer.example", false),
            exposure("0.0.0.0", null, true)
        }) {
            assertThatCode(() -> fine.check(null)).doesNotThrowAnyException();
        }
    }

    private static Exposure exposure(String host, String issuer, boolean open) {
        return new Exposure(host, new RestConfig() {
            @Override
            public Optional<String> issuer() {
                return Optional.ofNullable(issuer);
            }

            @Override
            public boolean open() {
                return open;
            }

            @Override
            public Optional<Set<String>> hosts() {
                return Optional.empty();
            }

            @Override
            public Optional<Set<String>> origins() {
                return Optional.empty();
            }
        });
    }
}
