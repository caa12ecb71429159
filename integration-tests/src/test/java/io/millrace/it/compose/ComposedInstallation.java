package io.millrace.it.compose;

import io.millrace.it.compose.ComposeFile.Service;
import io.millrace.it.process.KafkaNode;
import io.millrace.it.process.ServiceProcess;
import io.millrace.it.process.StoreServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;

/**
 * What {@code docker compose up} and {@code down} do, with processes for containers: the programs, arguments and
 * variables are those of docker-compose.yml and the Dockerfile. Volumes are folders that stay; everything else that a
 * container writes is gone when it is.
 */
final class ComposedInstallation implements AutoCloseable {
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final Path project;
    private final Path folder;
    private final ComposeFile compose;
    private final ContainerNetwork network;
    private final Map<String, ServiceProcess> running = new LinkedHashMap<>();

    ComposedInstallation(Path project, Path folder) throws IOException {
        this.project = project;
        this.folder = folder.toAbsolutePath();
        this.compose = ComposeFile.read(project.resolve("docker-compose.yml"));
        this.network = new ContainerNetwork(
                compose.services().stream().map(Service::name).toList(), folder);
    }

    /** Starts every service when what it depends on is as it wants it. */
    void up() throws IOException, InterruptedException {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> running.values().forEach(ServiceProcess::kill)));
        for (Service service : compose.services()) {
            start(service);
        }
    }

    void down() throws IOException, InterruptedException {
        List<String> names = new ArrayList<>(running.keySet());
        java.util.Collections.reverse(names);
        for (String name : names) {
            running.remove(name).stop(GRACE);
        }
        delete(folder.resolve("containers"));
    }

    ComposeFile compose() {
        return compose;
    }

    /** An address within the network as it is reached from here. */
    String reached(String address) {
        return network.resolved(address);
    }

    String address(String service) {
        return network.address(service);
    }

    /** The listener for clients outside the network. */
    String kafkaFromHere() {
        return network.address("kafka") + ":19092";
    }

    Path volume(String name) {
        return folder.resolve("volumes").resolve(name);
    }

    @Override
    public void close() {
        running.values().forEach(ServiceProcess::kill);
    }

    private void start(Service service) throws IOException, InterruptedException {
        for (Map.Entry<String, String> other : service.dependsOn().entrySet()) {
            await(other.getKey(), other.getValue());
        }
        ServiceProcess process =
                switch (repository(service)) {
                    case "apache/kafka" -> kafka(service);
                    case "quay.io/minio/minio" -> minio(service);
                    case "quay.io/minio/mc" -> storeSetup(service);
                    default -> own(service);
                };
        running.put(service.name(), process.start());
    }

    private void await(String name, String condition) throws InterruptedException {
        switch (condition) {
            case "service_started" -> {
                // Started in the order of the file.
            }
            case "service_healthy" -> awaitBroker(name);
            case "service_completed_successfully" -> {
                // The one that waits may be several: an exit code can be asked for again.
                int code = running.get(name).exitCode();
                if (code != 0) {
                    throw new IllegalStateException(name + " ended with " + code + ", see " + log(name));
                }
            }
            default -> throw new IllegalStateException("unknown condition " + condition);
        }
    }

    /** As the health check of the file does. */
    private void awaitBroker(String name) throws InterruptedException {
        Map<String, Object> settings = Map.of("bootstrap.servers", kafkaFromHere());
        for (int time = 0; ; time++) {
            try (Admin admin = Admin.create(settings)) {
                admin.listTopics().names().get(5, TimeUnit.SECONDS);
                return;
            } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
                if (time == 20) {
                    throw new IllegalStateException(name + " is not healthy, see " + log(name), e);
                }
            }
        }
    }

    private ServiceProcess kafka(Service service) throws IOException, InterruptedException {
        Map<String, String> variables = mounted(service, service.environment());
        // "All interfaces" of a container are its own.
        variables.computeIfPresent(
                "KAFKA_LISTENERS", (key, value) -> value.replace("//:", "//" + service.name() + ":"));
        // What is reached at localhost outside the container is its published port.
        variables.computeIfPresent(
                "KAFKA_ADVERTISED_LISTENERS",
                (key, value) -> value.replace("//localhost:", "//" + network.address(service.name()) + ":"));
        variables.put("JAVA_TOOL_OPTIONS", network.hostsOption());
        return KafkaNode.prepare(container(service), variables, log(service.name()));
    }

    private ServiceProcess minio(Service service) throws IOException {
        List<String> command = new ArrayList<>(List.of(program("minio")));
        mounted(service, service.command()).stream()
                .map(argument -> argument.replaceFirst("^:", network.address(service.name()) + ":"))
                .forEach(command::add);
        command.addAll(List.of("--address", network.address(service.name()) + ":9000"));
        return ServiceProcess.of(command, service.environment(), log(service.name()));
    }

    private ServiceProcess storeSetup(Service service) throws IOException {
        Map<String, String> variables = new HashMap<>();
        service.environment().forEach((key, value) -> variables.put(key, network.resolved(value)));
        variables.put("PATH", Path.of(program("mc")).getParent() + ":" + System.getenv("PATH"));
        return ServiceProcess.of(mounted(service, service.command()), variables, log(service.name()));
    }

    private ServiceProcess own(Service service) throws IOException {
        ServiceImage image = ServiceImage.of(project, service.buildArguments());
        if (!Files.exists(image.folder().resolve("quarkus-run.jar"))) {
            throw new IllegalStateException(image.folder() + " is missing: package the services first");
        }
        Path temporary = Files.createDirectories(container(service).resolve("tmp"));
        Map<String, String> variables = new HashMap<>(image.environment());
        variables.putAll(mounted(service, service.environment()));
        // All interfaces of a container are its own; on one that is loopback, REST wants to know its names.
        variables.put("QUARKUS_HTTP_HOST", network.address(service.name()));
        variables.put("MILLRACE_REST_HOSTS", network.address(service.name()));
        variables.merge(
                "JAVA_TOOL_OPTIONS",
                network.hostsOption() + " -Djava.io.tmpdir=" + temporary,
                (own, more) -> own.replace("=/tmp/", "=" + temporary + "/") + " " + more);
        List<String> command = new ArrayList<>(image.entryPoint());
        command.set(
                0,
                Path.of(System.getProperty("java.home"), "bin", command.get(0)).toString());
        return ServiceProcess.of(command, variables, log(service.name())).in(image.folder());
    }

    private Map<String, String> mounted(Service service, Map<String, String> variables) throws IOException {
        Map<String, String> mounted = new HashMap<>();
        for (Map.Entry<String, String> variable : variables.entrySet()) {
            mounted.put(variable.getKey(), mounted(service, variable.getValue()));
        }
        return mounted;
    }

    private List<String> mounted(Service service, List<String> arguments) throws IOException {
        List<String> mounted = new ArrayList<>();
        for (String argument : arguments) {
            mounted.add(mounted(service, argument));
        }
        return mounted;
    }

    /** A path within the container as the folder or file that is mounted there. */
    private String mounted(Service service, String value) throws IOException {
        for (String volume : service.volumes()) {
            String[] ends = volume.split(":");
            if (value.equals(ends[1]) || value.startsWith(ends[1] + "/")) {
                Path source =
                        ends[0].startsWith(".") ? project.resolve(ends[0]) : Files.createDirectories(volume(ends[0]));
                return source.toAbsolutePath().normalize() + value.substring(ends[1].length());
            }
        }
        return value;
    }

    private Path container(Service service) throws IOException {
        return Files.createDirectories(folder.resolve("containers").resolve(service.name()));
    }

    private Path log(String service) {
        return folder.resolve("logs").resolve(service + ".log");
    }

    private static String repository(Service service) {
        return service.image().substring(0, service.image().indexOf(':'));
    }

    private static String program(String name) {
        return StoreServer.program(name).orElseThrow().toString();
    }

    private static void delete(Path root) throws IOException {
        if (Files.exists(root)) {
            try (var paths = Files.walk(root)) {
                for (Path path :
                        paths.sorted(java.util.Comparator.reverseOrder()).toList()) {
                    Files.delete(path);
                }
            }
        }
    }
}
