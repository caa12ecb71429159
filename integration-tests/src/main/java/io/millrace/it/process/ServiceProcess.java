package io.millrace.it.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A program that runs as a process of its own, and can be killed, paused, stopped and started again. Its output is
 * appended to a file. Not started until {@link #start}.
 */
public final class ServiceProcess implements AutoCloseable {
    private final List<String> command;
    private final Map<String, String> environment;
    private final Path directory;
    private final Path log;
    private Process process;
    private boolean wanted;

    private ServiceProcess(List<String> command, Map<String, String> environment, Path directory, Path log) {
        this.command = List.copyOf(command);
        this.environment = Map.copyOf(environment);
        this.directory = directory;
        this.log = log;
    }

    /** @param environment what is set besides the environment of this process */
    public static ServiceProcess of(List<String> command, Map<String, String> environment, Path log) {
        return new ServiceProcess(command, environment, Path.of("."), log);
    }

    /** The same program in another working directory. */
    public ServiceProcess in(Path workingDirectory) {
        return new ServiceProcess(command, environment, workingDirectory, log);
    }

    /** A packaged service of this build, with settings as system properties. */
    public static ServiceProcess service(String module, Map<String, String> settings, Path log) {
        List<String> command = java("-Xmx512m");
        settings.forEach((key, value) -> command.add("-D" + key + "=" + value));
        command.addAll(List.of("-jar", jar(module).toString()));
        return of(command, Map.of(), log);
    }

    /** A class on this program's class path. */
    public static ServiceProcess program(String mainClass, List<String> arguments, Map<String, String> env, Path log) {
        List<String> command = java("-Xmx384m");
        command.addAll(List.of("-cp", classPath(), mainClass));
        command.addAll(arguments);
        return of(command, env, log);
    }

    /** @throws IllegalStateException if the service is not packaged */
    public static Path jar(String module) {
        Path jar = Path.of("..", module, "target", "quarkus-app", "quarkus-run.jar");
        if (!Files.exists(jar)) {
            throw new IllegalStateException(jar + " is missing: package the services first (./mvnw verify does)");
        }
        return jar;
    }

    public synchronized ServiceProcess start() throws IOException {
        wanted = true;
        Files.createDirectories(log.toAbsolutePath().getParent());
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
        builder.environment().putAll(environment);
        process = builder.start();
        return this;
    }

    /** Starts it again if it has ended by itself, as compose and Kubernetes do; tells whether it had. */
    public synchronized boolean revive() throws IOException {
        boolean ended = wanted && !process.isAlive();
        if (ended) {
            start();
        }
        return ended;
    }

    /** Ends it as {@code kill -9} does. */
    public synchronized void kill() {
        wanted = false;
        if (process != null) {
            process.destroyForcibly().onExit().join();
        }
    }

    /** Ends it as an operator does: it may finish what it must, for a while. */
    public synchronized void stop(Duration patience) throws InterruptedException {
        wanted = false;
        process.destroy();
        if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
            kill();
        }
    }

    /** Waits for a program that ends by itself. */
    public int exitCode() throws InterruptedException {
        return process.waitFor();
    }

    /** The process stands still, its connections stay open: to others it looks like one that is cut off. */
    public void pause() throws IOException {
        signal("STOP");
    }

    public void resume() throws IOException {
        signal("CONT");
    }

    @Override
    public void close() {
        kill();
    }

    private void signal(String name) throws IOException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .inheritIO()
                .start()
                .onExit()
                .join();
    }

    /** Many start and end on few processors: the cheapest compiler and collector. */
    private static List<String> java(String heap) {
        return new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                heap,
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Djava.util.logging.manager=org.jboss.logmanager.LogManager"));
    }

    private static String classPath() {
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }
}
