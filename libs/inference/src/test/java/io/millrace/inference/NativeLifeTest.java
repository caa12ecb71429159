package io.millrace.inference;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.OnnxModel;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What is native is never closed in use, and always given back: seen from outside, on processes of their own. */
class NativeLifeTest {
    @TempDir
    Path folder;

    @Test
    void interruptsAtAnyMomentEndNoProcess() throws Exception {
        writeImages(64);

        String output = output(start(InterruptedCalls.class, List.of(), folder.toString(), "100"), 0);

        assertThat(output).contains("survived");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void tenThousandSessionsLeaveNothingBehind() throws Exception {
        String output =
                output(start(OpenedAndClosed.class, List.of("-Xmx64m", "-XX:MaxDirectMemorySize=16m"), "10000"), 0);

        // one leaked session is at least 20 KB
        assertThat(Long.parseLong(output.replaceAll("(?s).*grown by (-?\\d+) KB.*", "$1")))
                .isLessThan(80_000);
    }

    @Test
    @EnabledOnOs({OS.LINUX, OS.MAC})
    void aProcessThatIsToldToEndWhileSessionsRunEndsQuietly() throws Exception {
        for (int i = 0; i < 4; i++) {
            Process process = start(RunningForever.class, List.of());
            assertThat(process.inputReader().readLine()).isEqualTo("running");
            process.toHandle().destroy();

            assertThat(output(process, 128 + 15)).isEmpty();
        }
    }

    @Test
    void aSessionWaitsForWhatRunsOnItBeforeItCloses() throws Exception {
        OnnxModel model = SmallNetworks.convolutions(32, 4, -1);
        OnnxSession session = OnnxSession.open(model, SessionOptions.threads(1));
        var inputs = RandomInputs.of(model, 32, 1);
        AtomicReference<Throwable> end = new AtomicReference<>();
        Thread runner = new Thread(() -> {
            try {
                while (true) {
                    session.run(inputs);
                }
            } catch (IllegalStateException e) {
                end.set(e);
            }
        });
        runner.start();
        Thread.sleep(50);

        Thread.currentThread().interrupt();
        session.close();

        assertThat(Thread.interrupted()).isTrue();
        runner.join(30_000);
        assertThat(end.get()).hasMessage("the session of model 'network' is closed");
        session.close();
    }

    private static Process start(Class<?> program, List<String> options, String... arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), program.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static String output(Process process, int expected) throws Exception {
        String output = process.inputReader().lines().collect(Collectors.joining("\n"));
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(output).isEqualTo(expected);
        return output;
    }

    private void writeImages(int samples) throws IOException {
        int size = 3 * 16 * 16;
        String header = "{'descr': '|u1', 'fortran_order': False, 'shape': (%d, 3, 16, 16), }\n".formatted(samples);
        ByteBuffer array = ByteBuffer.allocate(10 + header.length() + samples * size);
        array.put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) header.length(), 0});
        array.put(header.getBytes(StandardCharsets.US_ASCII));
        try (var zip = new java.util.zip.ZipOutputStream(Files.newOutputStream(folder.resolve("images.npz")))) {
            zip.putNextEntry(new java.util.zip.ZipEntry("x.npy"));
            zip.write(array.array());
        }
    }
}
