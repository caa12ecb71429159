package io.millrace.contracts.event;

import java.util.Map;

/**
 * A record that could not be understood. {@link EventDeserializer} answers with it instead of failing, so that no
 * consumer stops; whoever receives one passes it on to {@code millrace.dead-letters}.
 *
 * @param jobId subject of the event if it had one, or empty
 * @param topic where it was read
 * @param reason why it could not be understood
 * @param headers of the record, as text
 * @param data its value, as text, at most the first 64 KiB
 */
public record DeadLetter(String jobId, String topic, String reason, Map<String, String> headers, String data)
        implements Message {
    public DeadLetter {
        jobId = jobId == null ? "" : jobId;
        headers = headers == null ? Map.of() : Map.copyOf(headers);
    }
}
