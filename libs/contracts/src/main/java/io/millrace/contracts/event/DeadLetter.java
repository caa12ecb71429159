package io.millrace.contracts.event;

import java.util.Map;
import java.util.stream.Collectors;

/**
 * A record that could not be understood. {@link EventDeserializer} answers with it instead of failing, so that no
 * consumer stops; whoever receives one passes it on to {@code millrace.dead-letters}.
 *
 * @param jobId subject of the event if it had one, or empty
 * @param topic where it was read
 * @param reason why it could not be understood
 * @param headers of the record, as text; the first 32, at most 1,000 characters of each
 * @param data its value, as text, at most the first 65,536 characters
 */
public record DeadLetter(String jobId, String topic, String reason, Map<String, String> headers, String data)
        implements Message {
    private static final int MOST_HEADERS = 32;
    private static final int LONGEST_TEXT = 1000;
    private static final int LONGEST_DATA = 64 * 1024;

    /** Cuts what is too long: a letter about a record must be no larger than the record. */
    public DeadLetter {
        jobId = jobId == null ? "" : cut(jobId, LONGEST_TEXT);
        reason = cut(reason, LONGEST_TEXT);
        data = cut(data, LONGEST_DATA);
        headers = headers == null
                ? Map.of()
                : headers.entrySet().stream()
                        .limit(MOST_HEADERS)
                        .collect(Collectors.toUnmodifiableMap(
                                header -> cut(header.getKey(), LONGEST_TEXT),
                                header -> cut(header.getValue(), LONGEST_TEXT),
                                (one, other) -> one));
    }

    private static String cut(String text, int length) {
        return text == null || text.length() <= length ? text : text.substring(0, length);
    }
}
