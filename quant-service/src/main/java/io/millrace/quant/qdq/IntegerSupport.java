package io.millrace.quant.qdq;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;

/** What this machine's processor can do with 8-bit integers. */
public final class IntegerSupport {
    private static final Path CPUINFO = Path.of("/proc/cpuinfo");
    private static final Set<String> VNNI = Set.of("avx512_vnni", "avx_vnni");

    private IntegerSupport() {}

    /**
     * Whether products of eight-bit numbers may saturate in pairs: x86 without VNNI. Weights then get seven bits. Taken
     * as no where the processor cannot be told.
     */
    public static boolean pairsSaturate() {
        if (!System.getProperty("os.arch").matches("amd64|x86_64")) {
            return false;
        }
        try {
            return Files.readAllLines(CPUINFO).stream()
                    .filter(line -> line.startsWith("flags"))
                    .findFirst()
                    .map(line -> java.util.Arrays.stream(line.split("\\s+")).noneMatch(VNNI::contains))
                    .orElse(false);
        } catch (IOException e) {
            return false;
        }
    }
}
