package io.millrace.orchestrator.stream;

import io.millrace.contracts.event.Message;
import io.millrace.contracts.job.JobStatus;
import io.millrace.orchestrator.board.BoardListener;
import io.millrace.orchestrator.board.JobBoard;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jboss.logging.Logger;

/** Keeps the newest status of each job, and tells those who watch. */
final class BoardWriter implements Processor<String, Message, Void, Void> {
    private static final Logger LOG = Logger.getLogger(BoardWriter.class);

    private final BoardListener listener;
    private KeyValueStore<String, JobStatus> board;

    BoardWriter(BoardListener listener) {
        this.listener = listener;
    }

    @Override
    public void init(ProcessorContext<Void, Void> context) {
        board = context.getStateStore(JobBoard.STORE);
    }

    @Override
    public void process(Record<String, Message> record) {
        if (record.value() == null) {
            board.delete(record.key());
            tell(record.key(), () -> listener.gone(record.key()));
        } else if (record.value() instanceof JobStatus status) {
            board.put(record.key(), status);
            tell(record.key(), () -> listener.status(status));
        }
    }

    /** A follower's trouble must not stop the board. */
    private static void tell(String jobId, Runnable listening) {
        try {
            listening.run();
        } catch (RuntimeException e) {
            LOG.errorf(e, "Nobody was told the new status of job %s", jobId);
        }
    }
}
