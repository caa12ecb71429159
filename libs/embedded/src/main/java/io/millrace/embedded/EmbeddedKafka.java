package io.millrace.embedded;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;

/**
 * A real Apache Kafka broker (KRaft, broker and controller in one) inside this JVM, on the loopback interface. It keeps
 * its data: started again on the same folder, it goes on where it was. Share groups and transactions work; whatever
 * needs replicas is set to one.
 */
public final class EmbeddedKafka implements AutoCloseable {
    private static final String NAME = "Kafka broker";

    private final int port;
    private final DataFolder folder;
    private final KafkaRaftServer server;

    private EmbeddedKafka(int port, DataFolder folder, KafkaRaftServer server) {
        this.port = port;
        this.folder = folder;
        this.server = server;
    }

    /**
     * Starts a broker; returns when it takes requests (about two seconds).
     *
     * @param dataDir where it keeps its data; created if missing
     * @param port where it listens; 0 for any free one
     * @throws EmbeddedServerException if the port is in use, the folder is used by another process or cannot be written
     */
    public static EmbeddedKafka start(Path dataDir, int port) {
        int brokerPort = Ports.claim(port, "the embedded " + NAME);
        int controllerPort = Ports.claim(0, "the embedded " + NAME);
        DataFolder folder = DataFolder.open(dataDir, "kafka", NAME);
        KafkaRaftServer server = null;
        try {
            format(folder.path());
            server = new KafkaRaftServer(
                    new KafkaConfig(settings(folder.path(), brokerPort, controllerPort), false), Time.SYSTEM);
            server.startup();
            return new EmbeddedKafka(brokerPort, folder, server);
        } catch (Exception e) {
            if (server != null) {
                server.shutdown();
            }
            folder.close();
            throw new EmbeddedServerException(
                    "The embedded %s on port %d with data in %s did not start (%s); if its data is damaged, delete that folder."
                            .formatted(NAME, brokerPort, folder.path(), e.getMessage()),
                    e);
        }
    }

    /** Where clients connect: {@code localhost:port}. */
    public String bootstrapServers() {
        return "localhost:" + port;
    }

    @Override
    public void close() {
        server.shutdown();
        server.awaitShutdown();
        folder.close();
    }

    private static void format(Path folder) throws Exception {
        if (Files.exists(folder.resolve("meta.properties"))) {
            return;
        }
        new Formatter()
                .setPrintStream(new java.io.PrintStream(java.io.OutputStream.nullOutputStream()))
                .setNodeId(1)
                .setClusterId(Uuid.randomUuid().toString())
                .setControllerListenerName("CONTROLLER")
                .setMetadataLogDirectory(folder.toString())
                .addDirectory(folder.toString())
                .setIgnoreFormatted(true)
                .run();
    }

    private static Properties settings(Path folder, int port, int controllerPort) {
        Properties settings = new Properties();
        settings.put("process.roles", "broker,controller");
        settings.put("node.id", "1");
        settings.put("controller.quorum.voters", "1@localhost:" + controllerPort);
        settings.put("listeners", "PLAINTEXT://localhost:" + port + ",CONTROLLER://localhost:" + controllerPort);
        settings.put("advertised.listeners", "PLAINTEXT://localhost:" + port);
        settings.put("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT");
        settings.put("controller.listener.names", "CONTROLLER");
        settings.put("log.dirs", folder.toString());
        settings.put("auto.create.topics.enable", "false");

        // One broker: one replica of everything, and few partitions and threads.
        settings.put("offsets.topic.replication.factor", "1");
        settings.put("offsets.topic.num.partitions", "4");
        settings.put("transaction.state.log.replication.factor", "1");
        settings.put("transaction.state.log.min.isr", "1");
        settings.put("transaction.state.log.num.partitions", "4");
        settings.put("share.coordinator.state.topic.replication.factor", "1");
        settings.put("share.coordinator.state.topic.min.isr", "1");
        settings.put("share.coordinator.state.topic.num.partitions", "4");
        settings.put("default.replication.factor", "1");
        settings.put("num.network.threads", "2");
        settings.put("num.io.threads", "4");
        settings.put("log.cleaner.dedupe.buffer.size", "4194304");

        // Groups form and notice losses quickly: everybody is on this machine.
        settings.put("transaction.abort.timed.out.transaction.cleanup.interval.ms", "1000");
        settings.put("group.initial.rebalance.delay.ms", "0");
        settings.put("group.min.session.timeout.ms", "1000");
        settings.put("group.share.heartbeat.interval.ms", "500");
        settings.put("group.share.min.heartbeat.interval.ms", "200");
        settings.put("group.share.session.timeout.ms", "10000");
        settings.put("group.share.min.session.timeout.ms", "2000");
        settings.put("group.share.min.record.lock.duration.ms", "1000");
        settings.put("group.share.assignment.interval.ms", "200");
        settings.put("group.share.min.assignment.interval.ms", "0");
        return settings;
    }
}
