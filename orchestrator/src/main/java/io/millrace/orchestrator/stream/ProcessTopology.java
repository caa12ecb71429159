package io.millrace.orchestrator.stream;

import io.millrace.contracts.Topics;
import io.millrace.contracts.event.EventDeserializer;
import io.millrace.contracts.event.EventSerializer;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.task.Task;
import io.millrace.orchestrator.board.JobBoard;
import io.millrace.orchestrator.process.JobState;
import java.util.function.Consumer;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * What is read, what is written, and what is remembered. Two halves: the process, scaled by partitions, and the board,
 * a copy of the newest status of every job on each instance.
 */
final class ProcessTopology {
    static final String STATES = "job-states";
    static final String TASKS = "tasks";
    static final String NEWS = "news";
    static final String STATUS = "status";
    static final String DEAD_LETTERS = "dead-letters";

    private static final String SOURCE = "requests-and-task-events";
    private static final String PROCESS = "process";

    private ProcessTopology() {}

    /** @param seen is told of each new status */
    static Topology of(OrchestratorConfig config, Queues queues, OpenJobs openJobs, Consumer<JobStatus> seen) {
        StringDeserializer key = new StringDeserializer();
        StringSerializer keyWriter = new StringSerializer();
        EventSerializer writer = new EventSerializer();
        Topology topology = new Topology();
        topology.addSource(SOURCE, key, new EventDeserializer(), Topics.JOBS, Topics.TASK_EVENTS)
                .addProcessor(PROCESS, () -> new JobProcessor(config, queues, openJobs), SOURCE)
                .addStateStore(states(), PROCESS)
                .addSink(
                        TASKS,
                        (String jobId, Message task, org.apache.kafka.streams.processor.RecordContext context) ->
                                Topics.tasks(((Task) task).stage()),
                        keyWriter,
                        writer,
                        PROCESS)
                .addSink(NEWS, Topics.JOB_EVENTS, keyWriter, writer, PROCESS)
                .addSink(STATUS, Topics.JOB_STATUS, keyWriter, writer, PROCESS)
                .addSink(DEAD_LETTERS, Topics.DEAD_LETTERS, keyWriter, writer, PROCESS)
                .addGlobalStore(
                        board(),
                        JobBoard.STORE + "-source",
                        key,
                        new EventDeserializer(),
                        Topics.JOB_STATUS,
                        JobBoard.STORE + "-writer",
                        () -> new BoardWriter(seen));
        return topology;
    }

    private static StoreBuilder<KeyValueStore<String, JobState>> states() {
        return Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(STATES), Serdes.String(), JsonSerde.of(JobState.class));
    }

    private static StoreBuilder<KeyValueStore<String, JobStatus>> board() {
        return Stores.keyValueStoreBuilder(
                        Stores.persistentKeyValueStore(JobBoard.STORE), Serdes.String(), JsonSerde.of(JobStatus.class))
                .withLoggingDisabled();
    }
}
