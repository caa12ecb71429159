package io.millrace.orchestrator.rest;

import io.millrace.contracts.Problem.Kind;
import io.millrace.contracts.ProblemException;
import io.millrace.contracts.Topics;
import io.millrace.contracts.event.EventSerializer;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.Message;
import io.smallrye.common.annotation.Identifier;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.StringSerializer;

/** Puts users' wishes into {@code millrace.jobs}. */
@ApplicationScoped
class JobRequests {
    /** After this nothing is tried any more: an answer "not taken" stays true. */
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private static final int LIMIT_MILLIS = Math.toIntExact(LIMIT.toMillis());

    private static final int LARGEST_RECORD = 8 << 20;

    private static final Pattern TRACE_PARENT = Pattern.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}");

    private final Map<String, Object> settings;
    private KafkaProducer<String, Message> producer;

    JobRequests(@Identifier("default-kafka-broker") Map<String, Object> connection) {
        this.settings = new HashMap<>(connection);
        settings.put(ProducerConfig.ACKS_CONFIG, "all");
        settings.put(ProducerConfig.LINGER_MS_CONFIG, 0);
        settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, LIMIT_MILLIS);
        settings.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, LIMIT_MILLIS - 1000);
        settings.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, LIMIT_MILLIS);
        settings.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, LARGEST_RECORD);
    }

    /**
     * Returns when the broker has it.
     *
     * @param traceParent of the user's request (W3C Trace Context), which goes on in the record; {@code null}, or not
     *     what the standard says, for none
     * @throws ProblemException if the broker does not take it in time
     */
    void send(JobEvent.Request request, String traceParent) {
        ProducerRecord<String, Message> record = new ProducerRecord<>(Topics.JOBS, request.jobId(), request);
        if (traceParent != null && TRACE_PARENT.matcher(traceParent).matches()) {
            record.headers().add("traceparent", traceParent.getBytes(StandardCharsets.US_ASCII));
        }
        try {
            producer().send(record).get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw away(request, "the server is stopping");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RecordTooLargeException) {
                throw new ProblemException(Kind.TOO_LARGE, "the job is too large for a record of Kafka");
            }
            throw away(request, e.getCause().getMessage());
        }
    }

    @PreDestroy
    synchronized void close() {
        if (producer != null) {
            producer.close(LIMIT);
        }
    }

    private synchronized KafkaProducer<String, Message> producer() {
        if (producer == null) {
            producer = new KafkaProducer<>(settings, new StringSerializer(), new EventSerializer());
        }
        return producer;
    }

    private static ProblemException away(JobEvent.Request request, String reason) {
        return new ProblemException(
                Kind.KAFKA_AWAY,
                "Kafka did not confirm this for job \"%s\" within %d s (%s); if you send it again, use the same Idempotency-Key"
                        .formatted(request.jobId(), LIMIT.toSeconds(), reason));
    }
}
