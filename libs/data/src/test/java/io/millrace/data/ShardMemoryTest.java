package io.millrace.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShardMemoryTest {
    @TempDir
    Path folder;

    private final AtomicInteger reads = new AtomicInteger();
    private final ShardMemory memory = new ShardMemory(100);

    @Test
    void readsAnArrayOnceForAllWhoWantIt() throws Exception {
        Shard shard = shard("a", 40);

        ByteBuffer first = memory.get(shard, "x");

        assertThat(memory.get(shard("a", 40), "x")).isSameAs(first);
        assertThat(reads).hasValue(1);
        assertThat(memory.bytes()).isEqualTo(40);
    }

    @Test
    void forgetsWhatWasNotUsedForLongest() throws Exception {
        Shard a = shard("a", 40);
        Shard b = shard("b", 40);
        Shard c = shard("c", 40);
        memory.get(a, "x");
        memory.get(b, "x");
        memory.get(a, "x");
        memory.get(c, "x");

        assertThat(memory.bytes()).isEqualTo(80);
        memory.get(a, "x");
        assertThat(reads).hasValue(3);
        memory.get(b, "x");
        assertThat(reads).hasValue(4);
    }

    @Test
    void keepsNothingThatIsLargerThanItself() throws Exception {
        memory.get(shard("a", 200), "x");

        assertThat(memory.bytes()).isZero();
    }

    @Test
    void aFileThatHasChangedIsReadAgain() throws Exception {
        memory.get(shard("a", 40), "x");
        Files.writeString(folder.resolve("a"), "another length");
        memory.get(shard("a", 40), "x");

        assertThat(reads).hasValue(2);
    }

    private Shard shard(String name, int bytes) throws Exception {
        Path file = folder.resolve(name);
        if (!Files.exists(file)) {
            Files.writeString(file, name);
        }
        return new Shard() {
            @Override
            public Path file() {
                return file;
            }

            @Override
            public Map<String, ArrayHeader> arrays() {
                return Map.of();
            }

            @Override
            public ByteBuffer read(String array) {
                reads.incrementAndGet();
                return ByteBuffer.allocate(bytes);
            }
        };
    }
}
