package io.millrace.orchestrator.board;

import io.millrace.contracts.job.JobStatus;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.errors.InvalidStateStoreException;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;

/** The newest status of every job, on this instance. */
@ApplicationScoped
public class JobBoard {
    /** Name of the state store. */
    public static final String STORE = "job-board";

    private volatile KafkaStreams streams;

    /** From now on it reads from this stream. */
    public void open(KafkaStreams opened) {
        streams = opened;
    }

    /** Whether jobs can be seen. */
    public boolean ready() {
        try {
            checkReady();
            return true;
        } catch (BoardNotReadyException e) {
            return false;
        }
    }

    /** @throws BoardNotReadyException while the stream starts */
    public Optional<JobStatus> find(String jobId) {
        return Optional.ofNullable(board().get(jobId));
    }

    /**
     * Something of each job; whole statuses are large, so they are not kept.
     *
     * @throws BoardNotReadyException while the stream starts
     */
    public <T> List<T> all(Function<JobStatus, T> view) {
        List<T> views = new ArrayList<>();
        try (var entries = board().all()) {
            entries.forEachRemaining(entry -> views.add(view.apply(entry.value)));
        }
        return views;
    }

    /** @throws BoardNotReadyException while the stream starts */
    void checkReady() {
        board();
    }

    private ReadOnlyKeyValueStore<String, JobStatus> board() {
        if (streams == null) {
            throw new BoardNotReadyException(null);
        }
        try {
            return streams.store(StoreQueryParameters.fromNameAndType(STORE, QueryableStoreTypes.keyValueStore()));
        } catch (InvalidStateStoreException e) {
            throw new BoardNotReadyException(e);
        }
    }

    /** The stream is starting; try again in a moment. */
    public static final class BoardNotReadyException extends RuntimeException {
        BoardNotReadyException(Throwable cause) {
            super("the orchestrator is still starting, or cannot reach Kafka; try again in a moment", cause);
        }
    }
}
