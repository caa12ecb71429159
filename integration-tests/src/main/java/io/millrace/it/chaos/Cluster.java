package io.millrace.it.chaos;

import io.millrace.artifacts.ObjectStore;
import io.millrace.artifacts.StoreSettings;
import io.millrace.embedded.EmbeddedS3.Credentials;
import io.millrace.it.process.FreePorts;
import io.millrace.it.process.KafkaNode;
import io.millrace.it.process.Link;
import io.millrace.it.process.ServiceProcess;
import io.millrace.it.process.StoreServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * An installation of processes: Kafka nodes that each have a copy of everything, a store, orchestrators, workers.
 * Orchestrators and workers reach the brokers, and workers the store, over links of their own that can be
 * cut; the program that watches has ways nobody touches.
 */
public final class Cluster implements AutoCloseable {
    static final String BUCKET = "millrace";

    private static final Credentials KEYS = new Credentials("chaos", "chaos-secret");

    private final Shape shape;
    private final Path folder;
    private final Path logs;
    private final Map<String, Victim> victims = new LinkedHashMap<>();
    private final Map<String, ServiceProcess> processes = new LinkedHashMap<>();
    private final List<Link> links = new ArrayList<>();
    private final List<Integer> brokerPorts;
    private final List<Integer> httpPorts;
    private final ScheduledExecutorService supervisor = Executors.newSingleThreadScheduledExecutor();
    private final AtomicInteger revived = new AtomicInteger();
    private final int storePort = FreePorts.take(1).get(0);

    /**
     * How many of each there are.
     *
     * @param orchestratorSettings besides the defaults
     * @param topicsByThemselves whether brokers make topics that somebody asks for
     */
    public record Shape(
            int brokers,
            int orchestrators,
            int workers,
            Map<String, String> orchestratorSettings,
            boolean topicsByThemselves) {}

    /** @param folder for everything they keep; what they say is in its {@code logs} */
    public Cluster(Shape shape, Path folder) throws IOException {
        this.shape = shape;
        this.folder = folder.toAbsolutePath();
        this.logs = this.folder.resolve("logs");
        this.brokerPorts = FreePorts.take(4 * shape.brokers());
        this.httpPorts = FreePorts.take(shape.orchestrators());
        Runtime.getRuntime().addShutdownHook(new Thread(this::killAll));
    }

    /** Starts all of them; returns before they are ready. */
    public void start() throws IOException, InterruptedException {
        add("store", StoreServer.prepare(folder.resolve("store"), storePort, KEYS, logs.resolve("store.log")));
        List<Link> toOrchestrators = brokerLinks(1);
        List<Link> toWorkers = brokerLinks(2);
        for (int i = 0; i < shape.brokers(); i++) {
            List<Link> own = List.of(toOrchestrators.get(i), toWorkers.get(i));
            String name = "broker-" + (i + 1);
            Path state = folder.resolve(name);
            add(name, KafkaNode.prepare(state, brokerVariables(i, own), logs.resolve(name + ".log")));
        }
        victims.put("way from orchestrators to brokers", Victim.of(toOrchestrators));
        victims.put("way from workers to brokers", Victim.of(toWorkers));
        Link toStore = link(storePort);
        victims.put("way from workers to store", Victim.of(List.of(toStore)));
        for (int i = 0; i < shape.orchestrators(); i++) {
            orchestrator(i, servers(toOrchestrators));
        }
        for (int i = 0; i < shape.workers(); i++) {
            worker("worker-" + (i + 1), servers(toWorkers), "http://127.0.0.1:" + toStore.port());
        }
        supervisor.scheduleWithFixedDelay(this::supervise, 1, 1, TimeUnit.SECONDS);
    }

    /** How many processes have ended by themselves, and were started again. */
    int revived() {
        return revived.get();
    }

    /** For the program that watches. */
    public String bootstrapServers() {
        return IntStream.range(0, shape.brokers())
                .mapToObj(i -> "127.0.0.1:" + port(i, 0))
                .collect(Collectors.joining(","));
    }

    /** For the program that watches. */
    ObjectStore store() {
        URI endpoint = URI.create("http://127.0.0.1:" + storePort);
        return new ObjectStore(
                new StoreSettings(endpoint, KEYS.accessKey(), KEYS.secretKey(), "us-east-1", Set.of(BUCKET)));
    }

    public List<URI> orchestrators() {
        return httpPorts.stream()
                .map(port -> URI.create("http://127.0.0.1:" + port))
                .toList();
    }

    /** One of them: {@code orchestrator-1}. */
    public ServiceProcess process(String name) {
        return processes.get(name);
    }

    Map<String, Victim> victims() {
        return victims;
    }

    @Override
    public void close() throws IOException {
        supervisor.shutdownNow();
        killAll();
        for (Link link : links) {
            link.close();
        }
    }

    private void killAll() {
        processes.values().forEach(ServiceProcess::kill);
    }

    private void supervise() {
        for (ServiceProcess process : processes.values()) {
            try {
                revived.addAndGet(process.revive() ? 1 : 0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void orchestrator(int index, String servers) throws IOException {
        String name = "orchestrator-" + (index + 1);
        Map<String, String> settings = new HashMap<>(shape.orchestratorSettings());
        settings.put("kafka.bootstrap.servers", servers);
        settings.put("quarkus.http.port", httpPorts.get(index).toString());
        // Two on one machine share its folder for temporary files, where their states are by default.
        settings.put(
                "java.io.tmpdir", Files.createDirectories(folder.resolve("tmp")).toString());
        add(name, ServiceProcess.service("orchestrator", settings, logs.resolve(name + ".log")));
    }

    private void worker(String name, String servers, String endpoint) throws IOException {
        List<String> arguments = List.of(
                name,
                servers,
                endpoint,
                KEYS.accessKey(),
                KEYS.secretKey(),
                BUCKET,
                folder.resolve("cache-" + name).toString());
        add(
                name,
                ServiceProcess.program(ChaosWorker.class.getName(), arguments, Map.of(), logs.resolve(name + ".log")));
    }

    private void add(String name, ServiceProcess process) throws IOException {
        processes.put(name, process);
        victims.put(name, Victim.of(process));
        process.start();
    }

    private Map<String, String> brokerVariables(int index, List<Link> own) {
        String copies = Integer.toString(shape.brokers());
        String least = Integer.toString(Math.max(1, shape.brokers() - 1));
        String voters = IntStream.range(0, shape.brokers())
                .mapToObj(i -> (i + 1) + "@127.0.0.1:" + port(i, 3))
                .collect(Collectors.joining(","));
        return Map.ofEntries(
                Map.entry("KAFKA_NODE_ID", Integer.toString(index + 1)),
                Map.entry("KAFKA_PROCESS_ROLES", "broker,controller"),
                Map.entry("KAFKA_CONTROLLER_QUORUM_VOTERS", voters),
                Map.entry(
                        "KAFKA_LISTENERS",
                        "DIRECT://127.0.0.1:%d,ORCHESTRATORS://127.0.0.1:%d,WORKERS://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                                .formatted(port(index, 0), port(index, 1), port(index, 2), port(index, 3))),
                Map.entry(
                        "KAFKA_ADVERTISED_LISTENERS",
                        "DIRECT://127.0.0.1:%d,ORCHESTRATORS://127.0.0.1:%d,WORKERS://127.0.0.1:%d"
                                .formatted(
                                        port(index, 0),
                                        own.get(0).port(),
                                        own.get(1).port())),
                Map.entry(
                        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP",
                        "DIRECT:PLAINTEXT,ORCHESTRATORS:PLAINTEXT,WORKERS:PLAINTEXT,CONTROLLER:PLAINTEXT"),
                Map.entry("KAFKA_INTER_BROKER_LISTENER_NAME", "DIRECT"),
                Map.entry("KAFKA_CONTROLLER_LISTENER_NAMES", "CONTROLLER"),
                Map.entry(
                        "KAFKA_LOG_DIRS",
                        folder.resolve("broker-data-" + (index + 1)).toString()),
                Map.entry("KAFKA_AUTO_CREATE_TOPICS_ENABLE", Boolean.toString(shape.topicsByThemselves())),
                Map.entry("KAFKA_DEFAULT_REPLICATION_FACTOR", copies),
                Map.entry("KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR", copies),
                Map.entry("KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR", copies),
                Map.entry("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR", copies),
                Map.entry("KAFKA_MIN_INSYNC_REPLICAS", least),
                Map.entry("KAFKA_TRANSACTION_STATE_LOG_MIN_ISR", least),
                Map.entry("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR", least),
                // Fewer partitions than the default of 50 each: they are led anew at each mishap, on few processors.
                Map.entry("KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS", "4"),
                Map.entry("KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS", "4"),
                Map.entry("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_NUM_PARTITIONS", "4"),
                Map.entry("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0"));
    }

    private List<Link> brokerLinks(int listener) throws IOException {
        List<Link> all = new ArrayList<>();
        for (int i = 0; i < shape.brokers(); i++) {
            all.add(link(port(i, listener)));
        }
        return all;
    }

    private Link link(int port) throws IOException {
        Link link = Link.to(port);
        links.add(link);
        return link;
    }

    private int port(int broker, int listener) {
        return brokerPorts.get(4 * broker + listener);
    }

    private static String servers(List<Link> links) {
        return links.stream().map(link -> "127.0.0.1:" + link.port()).collect(Collectors.joining(","));
    }
}
