package io.millrace.orchestrator.stream;

import io.millrace.contracts.Topics;
import io.millrace.contracts.event.EventDeserializer;
import io.millrace.contracts.job.JobStatus;
import io.millrace.orchestrator.board.BoardListener;
import io.millrace.orchestrator.board.JobBoard;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.processor.RecordContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * What is read, what is written, and what is remembered. Two halves: the process, scaled by partitions, and the board,
 * a copy of the newest status of every job on each instance.
 */
final class ProcessTopology {
    private static final String SOURCE = "requests-and-task-events";
    private static final String PROCESS = "process";
    private static final String OUT = "out";

    private ProcessTopology() {}

    /** @param listener is told of each new status */
    static Topology of(
            OrchestratorConfig config, Queues queues, OpenJobs openJobs, Routing routing, BoardListener listener) {
        StringDeserializer key = new StringDeserializer();
        Topology topology = new Topology();
        topology.addSource(SOURCE, key, new EventDeserializer(), Topics.JOBS, Topics.TASK_EVENTS)
                .addProcessor(PROCESS, () -> new JobProcessor(config, queues, openJobs, routing), SOURCE)
                .addSink(
                        OUT,
                        (String jobId, Outgoing outgoing, RecordContext context) -> outgoing.topic(),
                        new StringSerializer(),
                        new Outgoing.Writer(),
                        new Outgoing.Partitioner(),
                        PROCESS)
                .addGlobalStore(
                        board(),
                        JobBoard.STORE + "-source",
                        key,
                        new EventDeserializer(),
                        Topics.JOB_STATUS,
                        JobBoard.STORE + "-writer",
                        () -> new BoardWriter(listener));
        JobStore.builders(Stores::persistentKeyValueStore).forEach(store -> topology.addStateStore(store, PROCESS));
        return topology;
    }

    private static StoreBuilder<KeyValueStore<String, JobStatus>> board() {
        return Stores.keyValueStoreBuilder(
                        Stores.persistentKeyValueStore(JobBoard.STORE), Serdes.String(), JsonSerde.of(JobStatus.class))
                .withLoggingDisabled();
    }
}
