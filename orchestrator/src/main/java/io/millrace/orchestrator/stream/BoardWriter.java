package io.millrace.orchestrator.stream;

import io.millrace.contracts.event.Message;
import io.millrace.contracts.job.JobStatus;
import io.millrace.orchestrator.board.JobBoard;
import java.util.function.Consumer;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** Keeps the newest status of each job, and tells those who watch. */
final class BoardWriter implements Processor<String, Message, Void, Void> {
    private final Consumer<JobStatus> seen;
    private KeyValueStore<String, JobStatus> board;

    BoardWriter(Consumer<JobStatus> seen) {
        this.seen = seen;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        board = context.getStateStore(JobBoard.STORE);
    }

    @Override
    public void process(Record<String, Message> record) {
        if (record.value() == null) {
            board.delete(record.key());
        } else if (record.value() instanceof JobStatus status) {
            board.put(record.key(), status);
            seen.accept(status);
        }
    }
}
