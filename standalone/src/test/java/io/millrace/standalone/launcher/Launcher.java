package io.millrace.standalone.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/** {@code ./millrace} as a user starts it: from a folder elsewhere, with an empty home and hardly any environment. */
final class Launcher {
    private static final Path SCRIPT = Path.of("../millrace").toAbsolutePath().normalize();
    private static final int LONGEST_SECONDS = 180;

    private final Path folder;
    private final Map<String, String> environment = new LinkedHashMap<>();

    /** @param folder where commands are given; an empty home is made beside it */
    Launcher(Path folder) throws IOException {
        this.folder = Files.createDirectories(folder);
        environment.put("PATH", System.getenv("PATH"));
        environment.put("JAVA_HOME", System.getProperty("java.home"));
        environment.put(
                "HOME", Files.createDirectories(folder.resolveSibling("home")).toString());
    }

    Launcher with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** A command that has ended. */
    record Ended(int exit, String out) {

        /** Whatever happened, nobody is shown a stack trace or a log of errors. */
        Ended saysSoPlainly() {
            assertThat(out)
                    .doesNotContain("\tat ", "Exception", " ERROR ", " FATAL ", "DefaultLogger", "# A fatal error");
            return this;
        }

        Ended exits(int expected) {
            assertThat(exit).as(out).isEqualTo(expected);
            return saysSoPlainly();
        }

        Ended says(String text) {
            assertThat(out).contains(text);
            return this;
        }
    }

    /** A command at work. */
    static final class Running implements AutoCloseable {
        private final Process process;
        private final Path log;

        Running(Process process, Path log) {
            this.process = process;
            this.log = log;
        }

        long pid() {
            return process.pid();
        }

        String out() {
            try {
                return Files.readString(log);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        /** Waits until it has printed this. */
        String await(String pattern) {
            Pattern wanted = Pattern.compile(pattern);
            try {
                Awaitility.await(pattern)
                        .atMost(Duration.ofSeconds(LONGEST_SECONDS))
                        .pollInterval(Duration.ofMillis(50))
                        .until(() -> wanted.matcher(out()).find() || !process.isAlive());
            } catch (RuntimeException e) {
                throw new AssertionError(out(), e);
            }
            Matcher found = wanted.matcher(out());
            assertThat(found.find()).as(out()).isTrue();
            return found.group(found.groupCount());
        }

        /** As Ctrl-C does. */
        Ended interrupt() throws Exception {
            new ProcessBuilder("kill", "-INT", String.valueOf(process.pid()))
                    .start()
                    .waitFor();
            return end();
        }

        void kill() {
            process.destroyForcibly().onExit().join();
        }

        Ended end() throws Exception {
            assertThat(process.waitFor(LONGEST_SECONDS, TimeUnit.SECONDS))
                    .as("it ends: " + out())
                    .isTrue();
            return new Ended(process.exitValue(), out());
        }

        @Override
        public void close() {
            kill();
        }
    }

    Running start(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of(SCRIPT.toString()));
        command.addAll(List.of(arguments));
        return start(command);
    }

    Running start(List<String> command) throws IOException {
        Path log = Files.createTempFile(folder, "out", ".log");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return new Running(builder.start(), log);
    }

    Ended run(String... arguments) throws Exception {
        try (Running running = start(arguments)) {
            return running.end();
        }
    }
}
