package io.millrace.orchestrator.stream;

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
import org.jboss.logging.Logger;

/** Ties the process to Kafka: topics first, then the stream. */
@ApplicationScoped
public class StreamSetup {
    private static final Logger LOG = Logger.getLogger(StreamSetup.class);

    private final Map<String, Object> connection;

    StreamSetup(@Identifier("default-kafka-broker") Map<String, Object> connection) {
        this.connection = connection;
    }

    void createTopics(@Observes @Priority(Interceptor.Priority.PLATFORM_BEFORE) StartupEvent started) {
        TopicCreator.create(connection, TopicSettings.all());
    }

    @Produces
    @Singleton
    Topology topology(OrchestratorConfig config, OpenJobs openJobs, JobFeed feed) {
        return ProcessTopology.of(config, new Queues(connection), openJobs, feed::status);
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
