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
import java.nio.file.Path;
import java.util.ArrayList;
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
 * An installation of processes: three Kafka nodes that replicate everything three times, a store, two orchestrators,
 * three workers. Orchestrators and workers reach the brokers, and workers the store, over links of their own that can be
 * cut; the program that watches has ways nobody touches.
 */
final class Cluster implements AutoCloseable {
    static final String BUCKET = "millrace";

    private static final int BROKERS = 3;
    private static final int ORCHESTRATORS = 2;
    private static final int WORKERS = 3;
    private static final Credentials KEYS = new Credentials("chaos", "chaos-secret");

    private final Path folder;
    private final Path logs;
    private final Map<String, Victim> victims = new LinkedHashMap<>();
    private final List<ServiceProcess> processes = new ArrayList<>();
    private final List<Link> links = new ArrayList<>();
    private final List<Integer> brokerPorts = FreePorts.take(4 * BROKERS);
    private final List<Integer> httpPorts = FreePorts.take(ORCHESTRATORS);
    private final ScheduledExecutorService supervisor = Executors.newSingleThreadScheduledExecutor();
    private final AtomicInteger revived = new AtomicInteger();
    private final int storePort = FreePorts.take(1).get(0);

    /**
     * @param folder for everything they keep
     * @param logs for what they say
     */
    Cluster(Path folder, Path logs) throws IOException {
        this.folder = folder;
        this.logs = logs;
    }

    /** Starts all of them; returns before they are ready. */
    void start() throws IOException, InterruptedException {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> processes.forEach(ServiceProcess::kill)));
        add("store", StoreServer.prepare(folder.resolve("store"), storePort, KEYS, logs.resolve("store.log")));
        List<Link> toOrchestrators = brokerLinks(1);
        List<Link> toWorkers = brokerLinks(2);
        for (int i = 0; i < BROKERS; i++) {
            List<Link> own = List.of(toOrchestrators.get(i), toWorkers.get(i));
            String name = "broker-" + (i + 1);
            Path state = folder.resolve(name);
            add(name, KafkaNode.prepare(state, brokerVariables(i, own), logs.resolve(name + ".log")));
        }
        victims.put("way from orchestrators to brokers", Victim.of(toOrchestrators));
        victims.put("way from workers to brokers", Victim.of(toWorkers));
        Link toStore = link(storePort);
        victims.put("way from workers to store", Victim.of(List.of(toStore)));
        for (int i = 0; i < ORCHESTRATORS; i++) {
            orchestrator(i, servers(toOrchestrators));
        }
        for (int i = 0; i < WORKERS; i++) {
            worker("worker-" + (i + 1), servers(toWorkers), "http://127.0.0.1:" + toStore.port());
        }
        supervisor.scheduleWithFixedDelay(this::supervise, 1, 1, TimeUnit.SECONDS);
    }

    /** How many processes have ended by themselves, and were started again. */
    int revived() {
        return revived.get();
    }

    /** For the program that watches. */
    String bootstrapServers() {
        return IntStream.range(0, BROKERS)
                .mapToObj(i -> "127.0.0.1:" + port(i, 0))
                .collect(Collectors.joining(","));
    }

    /** For the program that watches. */
    ObjectStore store() {
        URI endpoint = URI.create("http://127.0.0.1:" + storePort);
        return new ObjectStore(
                new StoreSettings(endpoint, KEYS.accessKey(), KEYS.secretKey(), "us-east-1", Set.of(BUCKET)));
    }

    List<URI> orchestrators() {
        return httpPorts.stream()
                .map(port -> URI.create("http://127.0.0.1:" + port))
                .toList();
    }

    Map<String, Victim> victims() {
        return victims;
    }

    @Override
    public void close() throws IOException {
        supervisor.shutdownNow();
        processes.forEach(ServiceProcess::kill);
        for (Link link : links) {
            link.close();
        }
    }

    private void supervise() {
        for (ServiceProcess process : processes) {
            try {
                revived.addAndGet(process.revive() ? 1 : 0);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void orchestrator(int index, String servers) throws IOException {
        String name = "orchestrator-" + (index + 1);
        Map<String, String> settings = Map.of(
                "kafka.bootstrap.servers",
                servers,
                "quarkus.http.port",
                httpPorts.get(index).toString(),
                "kafka-streams.state.dir",
                folder.resolve(name).toString(),
                // Here a task meets more mishaps in a minute than elsewhere in a year.
                "millrace.orchestrator.max-attempts",
                "1000");
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
        processes.add(process);
        victims.put(name, Victim.of(process));
        process.start();
    }

    private Map<String, String> brokerVariables(int index, List<Link> own) {
        String voters = IntStream.range(0, BROKERS)
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
                Map.entry("KAFKA_AUTO_CREATE_TOPICS_ENABLE", "false"),
                Map.entry("KAFKA_DEFAULT_REPLICATION_FACTOR", "3"),
                Map.entry("KAFKA_MIN_INSYNC_REPLICAS", "2"),
                // Fewer partitions than the default of 50 each: they are led anew at each mishap, on few processors.
                Map.entry("KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS", "4"),
                Map.entry("KAFKA_TRANSACTION_STATE_LOG_NUM_PARTITIONS", "4"),
                Map.entry("KAFKA_SHARE_COORDINATOR_STATE_TOPIC_NUM_PARTITIONS", "4"),
                Map.entry("KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS", "0"));
    }

    private List<Link> brokerLinks(int listener) throws IOException {
        List<Link> all = new ArrayList<>();
        for (int i = 0; i < BROKERS; i++) {
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
