package io.millrace.orchestrator.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueStore;

/** One kind of a job's parts, each under {@code jobId/name}, so that a change writes no more than what has changed. */
final class Entries<T> {
    private static final char SEPARATOR = '/';

    private final KeyValueStore<String, T> store;
    private final BiPredicate<T, T> same;

    /** @param same whether a new value need not be written over the old one */
    Entries(KeyValueStore<String, T> store, BiPredicate<T, T> same) {
        this.store = store;
        this.same = same;
    }

    /** Tells all parts of a job, in the order of their names. */
    void each(String jobId, BiConsumer<String, T> reader) {
        all(jobId).forEach(entry -> reader.accept(entry.key.substring(jobId.length() + 1), entry.value));
    }

    /** Writes what is other than before. */
    void save(String jobId, Map<String, T> before, Map<String, T> after) {
        after.forEach((name, value) -> {
            T old = before.get(name);
            if (old != value && (old == null || !old.equals(value) && !same.test(old, value))) {
                put(jobId, name, value);
            }
        });
        before.keySet().stream().filter(name -> !after.containsKey(name)).forEach(name -> delete(jobId, name));
    }

    void put(String jobId, String name, T value) {
        store.put(jobId + SEPARATOR + name, value);
    }

    void delete(String jobId, String name) {
        store.delete(jobId + SEPARATOR + name);
    }

    /** Removes all parts of a job, also those that a decision left behind which was given up. */
    void clear(String jobId) {
        all(jobId).forEach(entry -> store.delete(entry.key));
    }

    private List<KeyValue<String, T>> all(String jobId) {
        List<KeyValue<String, T>> entries = new ArrayList<>();
        try (var range = store.range(jobId + SEPARATOR, jobId + (char) (SEPARATOR + 1))) {
            range.forEachRemaining(entry -> {
                if (entry.key.startsWith(jobId + SEPARATOR)) {
                    entries.add(entry);
                }
            });
        }
        return entries;
    }
}
