package io.millrace.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.inspect.Inspection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever the bytes: a model that can be inspected (its shapes, costs and channel groups), or one {@link InvalidModelException}. */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class FuzzTest {
    private static final long SEED = 20_240_611;
    private static final int MUTATIONS = 20_000;
    private static final List<byte[]> SEEDS = new ArrayList<>();

    @BeforeAll
    static void collect() throws IOException {
        SEEDS.add(ModelText.opset(17)
                .input("x", "n", 1, 8, 8)
                .weight("w", 2, 1, 3, 3)
                .longs("target", 0, -1)
                .node("a = Conv(x, w)", n -> n.with("pads", new long[] {1, 1, 1, 1}))
                .node("s = Shape(a)")
                .node("i = Constant()", n -> n.with("value_int", 0L))
                .node("b = Gather(s, i)")
                .node("c = Slice(s, i, i)")
                .node("r = Reshape(a, target)")
                .output("r")
                .proto()
                .toByteArray());
        for (var file : Corpus.files()) {
            if (Files.size(file) < 9_000) {
                SEEDS.add(Files.readAllBytes(file));
            }
        }
    }

    @Test
    void truncationsAtEveryLength() {
        byte[] whole = SEEDS.get(0);
        for (int length = 0; length < whole.length; length++) {
            tryOut(Arrays.copyOf(whole, length), "length " + length);
        }
    }

    @Test
    void bitFlipsSplicesAndTruncations() {
        Random random = new Random(SEED);
        int models = 0;
        for (int i = 0; i < MUTATIONS; i++) {
            byte[] bytes = mutate(random);
            models += tryOut(bytes, "mutation " + i) ? 1 : 0;
        }
        // Both outcomes must occur often, or the mutations test nothing.
        assertThat(models).isBetween(MUTATIONS / 50, MUTATIONS - MUTATIONS / 50);
    }

    @Test
    void randomBytes() {
        Random random = new Random(SEED);
        for (int i = 0; i < 2000; i++) {
            byte[] bytes = new byte[random.nextInt(300)];
            random.nextBytes(bytes);
            tryOut(bytes, "random bytes " + i);
        }
    }

    private static byte[] mutate(Random random) {
        byte[] bytes = SEEDS.get(random.nextInt(SEEDS.size())).clone();
        return switch (random.nextInt(4)) {
            case 0 -> flip(bytes, random, 1);
            case 1 -> flip(bytes, random, 1 + random.nextInt(16));
            case 2 -> Arrays.copyOf(bytes, random.nextInt(bytes.length));
            default -> splice(bytes, SEEDS.get(random.nextInt(SEEDS.size())), random);
        };
    }

    private static byte[] flip(byte[] bytes, Random random, int times) {
        // The structure lies mostly at the start and the end; weights lie between.
        for (int i = 0; i < times; i++) {
            int near = random.nextInt(Math.min(bytes.length, 2000));
            int at = random.nextBoolean() ? near : bytes.length - 1 - near;
            bytes[at] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }

    private static byte[] splice(byte[] bytes, byte[] other, Random random) {
        int length = random.nextInt(Math.min(64, Math.min(bytes.length, other.length)));
        int from = random.nextInt(other.length - length);
        int to = random.nextInt(bytes.length - length);
        System.arraycopy(other, from, bytes, to, length);
        return bytes;
    }

    private static boolean tryOut(byte[] bytes, String what) {
        OnnxModel model;
        try {
            model = OnnxReader.read(ByteBuffer.wrap(bytes));
        } catch (InvalidModelException e) {
            assertThat(e.getMessage()).isNotBlank();
            return false;
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            return fail(what + " of seed " + SEED + ": " + HexFormat.of().formatHex(Arrays.copyOf(bytes, 64)), e);
        }
        try {
            Costs.of(model);
            // Channel groups take longest: every fourth model.
            if (bytes.length % 4 == 0) {
                Inspection.of(what, model);
            }
            return true;
        } catch (InvalidModelException e) {
            return false;
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            return fail(what + " of seed " + SEED + ", after reading", e);
        }
    }
}
