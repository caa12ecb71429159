package io.millrace.orchestrator.stream;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProductionExceptionHandler;

/**
 * The last line against records that the broker does not take. Sizes are looked at before anything is sent; should one
 * pass all the same, its event is played again, and now ends its job instead of coming here for ever.
 */
public final class OversizedRecords implements ProductionExceptionHandler {
    /** Jobs to be failed, with the reason. Kafka makes the handler itself, so there is no other way to reach it. */
    private static final Map<String, String> CONDEMNED = new ConcurrentHashMap<>();

    @Override
    public Response handleError(
            ErrorHandlerContext context, ProducerRecord<byte[], byte[]> rejected, Exception exception) {
        if (exception instanceof RecordTooLargeException && rejected.key() != null) {
            String key = new String(rejected.key(), StandardCharsets.UTF_8);
            int slash = key.indexOf('/');
            String jobId = slash < 0 ? key : key.substring(0, slash);
            CONDEMNED.put(
                    jobId, "a record of the job for " + rejected.topic() + " is too large: " + exception.getMessage());
        }
        return exception instanceof RetriableException ? Response.retry() : Response.fail();
    }

    @Override
    public void configure(Map<String, ?> configs) {}

    /** Why this job is to be failed; tells it once. */
    static Optional<String> condemned(String jobId) {
        return Optional.ofNullable(CONDEMNED.remove(jobId));
    }
}
