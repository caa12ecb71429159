package io.millrace.orchestrator.stream;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.millrace.contracts.Reminder;
import io.millrace.contracts.TopicCheck;
import io.millrace.contracts.TopicCreator;
import io.millrace.contracts.TopicSettings;
import io.millrace.orchestrator.board.JobBoard;
import io.millrace.orchestrator.board.JobFeed;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;

/**
 * Ties the process to Kafka: topics first, then the stream. Neither has to be there when this process starts: it waits
 * for them on a thread of its own, says so now and then, and is not ready until then.
 */
@ApplicationScoped
public class StreamSetup {
    private static final Logger LOG = Logger.getLogger(StreamSetup.class);
    private static final String PREFIX = "kafka-streams.";
    private static final Duration REMIND = Duration.ofSeconds(30);
    private static final Duration PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_STOP = Duration.ofSeconds(20);

    private final Map<String, Object> connection;
    private final Config config;
    private final OrchestratorConfig settings;
    private final OpenJobs openJobs;
    private final JobFeed feed;
    private final JobBoard board;
    private final MeterRegistry meters;
    private final Reminder reminder = new Reminder(LOG::warn, REMIND);
    private final Thread starting = new Thread(this::start, "millrace-stream-start");

    private volatile boolean closing;
    private volatile KafkaStreams streams;
    private volatile NewsReader news;
    private volatile String fault = "the orchestrator is starting";

    StreamSetup(
            @Identifier("default-kafka-broker") Map<String, Object> connection,
            Config config,
            OrchestratorConfig settings,
            OpenJobs openJobs,
            JobFeed feed,
            JobBoard board,
            MeterRegistry meters) {
        this.connection = connection;
        this.config = config;
        this.settings = settings;
        this.openJobs = openJobs;
        this.feed = feed;
        this.board = board;
        this.meters = meters;
    }

    void start(@Observes StartupEvent started) {
        starting.setDaemon(true);
        starting.start();
    }

    void stop(@Observes ShutdownEvent stopping) throws InterruptedException {
        closing = true;
        starting.interrupt();
        starting.join(LONGEST_STOP.toMillis());
        if (news != null) {
            news.close();
        }
        if (streams != null) {
            streams.close(LONGEST_STOP);
        }
    }

    /** Whether the process goes on, or will when Kafka is there; else only a restart helps. */
    boolean alive() {
        return streams == null
                || closing
                || streams.state() == KafkaStreams.State.CREATED
                || streams.state().isRunningOrRebalancing();
    }

    /** What it waits for; empty once the stream was started. */
    Optional<String> fault() {
        return Optional.ofNullable(fault);
    }

    private void start() {
        while (!closing) {
            try {
                open();
                fault = null;
                reminder.over("Kafka is there: the process begins");
                return;
            } catch (KafkaException | IllegalStateException e) {
                if (!closing) {
                    fault = e.getMessage();
                    reminder.say("Waiting for Kafka at " + connection.get("bootstrap.servers") + ": " + fault);
                    pause();
                }
            }
        }
    }

    private void open() {
        Properties properties = properties();
        String changelog = properties.get("application.id") + "-" + JobStore.HEADS + "-changelog";
        TopicCreator.create(connection, TopicSettings.all());
        int partitions = TopicCheck.check(connection, TopicSettings.all(), changelog);
        Queues queues = new Queues(connection, settings.outsideStages(), settings.mostOutsideStages());
        Topology topology = ProcessTopology.of(settings, queues, openJobs, new Routing(() -> partitions), feed);
        KafkaStreams made = new KafkaStreams(topology, properties);
        // One bad moment of a broker must not end the process; its thread begins again from the last commit.
        made.setUncaughtExceptionHandler(failure -> {
            LOG.error("The process was interrupted and begins again from its last commit", failure);
            return StreamThreadExceptionResponse.REPLACE_THREAD;
        });
        new KafkaStreamsMetrics(made).bindTo(meters);
        streams = made;
        board.open(made);
        made.start();
        news = new NewsReader(connection, feed::news);
        news.start();
    }

    /** How Kafka is reached, and every setting that begins with {@code kafka-streams.}. */
    private Properties properties() {
        Map<String, Object> all = new HashMap<>(connection);
        all.remove("group.id");
        for (String name : config.getPropertyNames()) {
            if (name.startsWith(PREFIX)) {
                config.getOptionalValue(name, String.class)
                        .ifPresent(value -> all.put(name.substring(PREFIX.length()), value));
            }
        }
        Properties properties = new Properties();
        properties.putAll(all);
        return properties;
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE.toMillis());
        } catch (InterruptedException e) {
            // It is to stop: the loop looks at it.
        }
    }
}
