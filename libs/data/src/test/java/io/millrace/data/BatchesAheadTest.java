package io.millrace.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class BatchesAheadTest {
    @TempDir
    Path folder;

    @Test
    @Timeout(20)
    void aDecoderThatDiesEndsTheIterationAfterWhatItHasDecoded() {
        BatchesAhead batches = new BatchesAhead(
                number -> {
                    if (number == 2) {
                        throw new StackOverflowError("too deep");
                    }
                    return new Batch(Map.of(), new long[0], 1);
                },
                5);

        batches.next();
        batches.next();
        assertThatThrownBy(batches::next)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("has died: java.lang.StackOverflowError: too deep");
        assertThat(batches.hasNext()).isFalse();
    }

    @Test
    @Timeout(20)
    void tooLittleMemorySaysWhichAndWhatHelps() {
        BatchesAhead batches = new BatchesAhead(
                number -> {
                    throw new OutOfMemoryError("Cannot reserve 38535168 bytes of direct buffer memory");
                },
                5);

        assertThatThrownBy(batches::next)
                .isInstanceOf(InvalidDataException.class)
                .hasMessage(
                        "out of memory (Cannot reserve 38535168 bytes of direct buffer memory) while decoding batch 0"
                                + " of 5; give the process more memory, or use smaller batches or shards");
    }

    @Test
    @Timeout(20)
    void anIterationThatAnotherOneEndedSaysSo() throws Exception {
        new Npz().with("x", Npz.bytes(new int[40], 10, 4)).write(folder.resolve("a.npz"));
        try (Batches batches = Dataset.open(folder).batches(BatchOptions.inOrder(1))) {
            Iterator<Batch> first = batches.iterator();
            first.next();
            Iterator<Batch> second = batches.iterator();
            second.next();

            assertThat(first.hasNext()).isTrue();
            assertThatThrownBy(first::next)
                    .hasMessage("this iteration has ended: another iteration over the same batches has begun");
            assertThat(second.next().positions()).containsExactly(1);
        }
    }
}
