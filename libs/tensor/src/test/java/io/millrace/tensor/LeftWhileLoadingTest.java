package io.millrace.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class LeftWhileLoadingTest {
    /** Loading takes about as long; after it, the library is in use. */
    private static final int LONGEST_MILLIS = 2500;

    /** {@code -Dexits=60} tries more moments. */
    @Test
    void anExitInTheMiddleOfLoadingIsNoCrash() throws Exception {
        int exits = Integer.getInteger("exits", 4);
        List<String> crashes = new ArrayList<>();
        int loaded = 0;
        for (int i = 0; i < exits; i++) {
            int millis = LONGEST_MILLIS * i / exits;
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-Xmx256m",
                            "-XX:ErrorFile=/dev/null",
                            "-cp",
                            System.getProperty("java.class.path"),
                            LeftWhileLoading.class.getName(),
                            String.valueOf(millis))
                    .redirectErrorStream(true)
                    .start();
            String output = process.inputReader().lines().collect(Collectors.joining("\n"));
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
            loaded += output.contains("loaded") ? 1 : 0;
            if (process.exitValue() != 0) {
                crashes.add("after " + millis + " ms: " + process.exitValue() + " " + output);
            }
        }
        System.out.println(exits + " exits, " + loaded + " after loading, " + crashes.size() + " crashes");
        assertThat(crashes).isEmpty();
    }
}
