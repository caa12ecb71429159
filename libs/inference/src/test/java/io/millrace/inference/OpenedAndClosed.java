package io.millrace.inference;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Opens sessions, lets them run and fail in every way there is, and closes them, over and over. A program of its own, as
 * what it looks for is memory that the process does not get back. Argument: how often.
 */
final class OpenedAndClosed {
    private static final SessionOptions OPTIONS = SessionOptions.threads(1);

    private OpenedAndClosed() {}

    public static void main(String[] arguments) throws IOException {
        int times = Integer.parseInt(arguments[0]);
        OnnxModel good = SmallNetworks.linear(new float[64 * 64], 64, 64, -1);
        OnnxModel bad = SmallNetworks.of(
                new long[] {-1, 4}, new long[] {-1, 4}, Node.of("Nothing", "n", List.of("x"), List.of("y")));
        Map<String, Tensor> inputs = RandomInputs.of(good, 16, 1);
        Map<String, Tensor> wrong = Map.of("x", Tensor.ofFloats(new float[3], 1, 3));
        long before = 0;
        for (int i = 0; i < times; i++) {
            switch (i % 4) {
                case 0 -> fails(() -> OnnxSession.open(bad, OPTIONS));
                case 1 -> {
                    try (OnnxSession session = OnnxSession.open(good, OPTIONS)) {
                        session.run(inputs);
                    }
                }
                case 2 -> {
                    try (OnnxSession session = OnnxSession.open(good, OPTIONS)) {
                        fails(() -> session.run(wrong));
                        fails(() -> session.run(Map.of()));
                    }
                }
                default -> {
                    Thread.currentThread().interrupt();
                    fails(() -> OnnxSession.open(good, OPTIONS));
                    Thread.interrupted();
                }
            }
            if (i == times / 4) {
                System.gc();
                before = resident();
            }
        }
        System.gc();
        System.out.printf("grown by %d KB%n", resident() - before);
    }

    private static void fails(Runnable work) {
        try {
            work.run();
        } catch (InferenceException e) {
            return;
        }
        throw new IllegalStateException("did not fail");
    }

    /** Kilobytes of the process that are in memory. */
    private static long resident() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
