package io.millrace.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class InterruptedTrainingTest {

    @Test
    void interruptsAtAnyMomentEndNoProcess() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        InterruptedTraining.class.getName(),
                        "100")
                .redirectErrorStream(true)
                .start();

        String output = process.inputReader().lines().collect(Collectors.joining("\n"));

        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        assertThat(output).contains("survived");
    }
}
