package io.millrace.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.FailureKind;
import io.millrace.data.InvalidDataException;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;

class StageExceptionTest {

    @Test
    void failureOfAPartNamesItAndWouldFailAgain() {
        // given
        RuntimeException failure = StageException.in("layer conv3", new IllegalStateException("rank is 0"));

        // when, then
        assertThat(failure)
                .isInstanceOfSatisfying(
                        StageException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UNSUPPORTED))
                .hasMessage("layer conv3: rank is 0");
        assertThat(StageException.in("layer conv3", new ArrayIndexOutOfBoundsException()))
                .hasMessage("layer conv3: ArrayIndexOutOfBoundsException");
    }

    @Test
    void onlyWhatMayGoWellNextTimeIsTransient() {
        for (RuntimeException cause : new RuntimeException[] {
            new RuntimeException("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"),
            new UncheckedIOException(new IOException("No space left on device"))
        }) {
            assertThat(StageException.in("layer conv3", cause))
                    .isInstanceOfSatisfying(
                            StageException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.TRANSIENT));
        }
    }

    @Test
    void failureThatKnowsWhatItIsStaysItself() {
        for (RuntimeException known : new RuntimeException[] {
            new StoppedException("cancelled"), StageException.invalidInput("no"), new InvalidDataException("no")
        }) {
            assertThat(StageException.in("layer conv3", known)).isSameAs(known);
        }
    }
}
