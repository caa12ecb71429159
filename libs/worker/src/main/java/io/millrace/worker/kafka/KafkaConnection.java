package io.millrace.worker.kafka;

import java.util.HashMap;
import java.util.Map;

/**
 * How Kafka is reached: bootstrap servers, and security settings if any.
 *
 * @param settings Kafka client settings that hold for every kind of client
 */
public record KafkaConnection(Map<String, Object> settings) {
    public KafkaConnection {
        settings = new HashMap<>(settings);
        settings.remove("group.id");
    }

    public static KafkaConnection to(String bootstrapServers) {
        return new KafkaConnection(Map.of("bootstrap.servers", bootstrapServers));
    }

    /** The settings of one client. */
    Map<String, Object> with(Map<String, Object> more) {
        Map<String, Object> all = new HashMap<>(settings);
        all.putAll(more);
        return all;
    }

    /** The settings of a consumer: it makes no topics, for those that a broker makes by itself cannot carry jobs. */
    Map<String, Object> consumer(Map<String, Object> more) {
        Map<String, Object> all = with(more);
        all.put("allow.auto.create.topics", false);
        return all;
    }

    /** Without the settings, which may hold passwords. */
    @Override
    public String toString() {
        return "KafkaConnection[" + bootstrapServers() + "]";
    }

    /** For messages to people. */
    public String bootstrapServers() {
        return String.valueOf(settings.get("bootstrap.servers"));
    }
}
