package io.millrace.orchestrator.stream;

import io.millrace.contracts.TopicCheck;
import io.millrace.contracts.TopicCreator;
import io.millrace.contracts.TopicSettings;
import io.millrace.orchestrator.board.JobFeed;
import io.quarkus.runtime.StartupEvent;
import io.smallrye.common.annotation.Identifier;
import jakarta.annotation.Priority;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import jakarta.interceptor.Interceptor;
import java.util.Map;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.jboss.logging.Logger;

/** Ties the process to Kafka: topics first, then the stream. */
@ApplicationScoped
public class StreamSetup {
    private static final Logger LOG = Logger.getLogger(StreamSetup.class);

    private final Map<String, Object> connection;
    private final String applicationId;
    private volatile int partitions;

    StreamSetup(
            @Identifier("default-kafka-broker") Map<String, Object> connection,
            @ConfigProperty(name = "quarkus.kafka-streams.application-id") String applicationId) {
        this.connection = connection;
        this.applicationId = applicationId;
    }

    void createTopics(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent started) {
        TopicCreator.create(connection, TopicSettings.all());
        partitions =
                TopicCheck.check(connection, TopicSettings.all(), applicationId + "-" + JobStore.HEADS + "-changelog");
    }

    @Produces
    @Singleton
    Topology topology(OrchestratorConfig config, OpenJobs openJobs, JobFeed feed) {
        Queues queues = new Queues(connection, config.outsideStages(), config.mostOutsideStages());
        return ProcessTopology.of(config, queues, openJobs, new Routing(() -> partitions), feed);
    }

    /** One bad moment of a broker must not end the process; its thread begins again from the last commit. */
    @Produces
    @Singleton
    StreamsUncaughtExceptionHandler replaceThread() {
        return failure -> {
            LOG.error("The process was interrupted and begins again from its last commit", failure);
            return StreamThreadExceptionResponse.REPLACE_THREAD;
        };
    }
}
