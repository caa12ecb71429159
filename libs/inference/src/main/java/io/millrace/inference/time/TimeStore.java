package io.millrace.inference.time;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/** Where times are kept that others have measured, or will look for. */
public interface TimeStore {
    /** @param name of machine and operation, the same wherever it is made; of letters and digits */
    Optional<OperationTime> find(String name);

    /** Keeps a time; the first of a name stays. */
    void keep(String name, OperationTime time);

    /** As long as this object lives. */
    static TimeStore inMemory() {
        Map<String, OperationTime> times = new ConcurrentHashMap<>();
        return new TimeStore() {
            @Override
            public Optional<OperationTime> find(String name) {
                return Optional.ofNullable(times.get(name));
            }

            @Override
            public void keep(String name, OperationTime time) {
                times.putIfAbsent(name, time);
            }
        };
    }
}
