package io.millrace.orchestrator.stream;

import io.millrace.contracts.Topics;
import io.millrace.contracts.event.DeadLetter;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.event.PartitionBeat;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.job.JobStatus.State;
import io.millrace.orchestrator.process.Decision;
import io.millrace.orchestrator.process.JobProcess;
import io.millrace.orchestrator.process.JobState;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jboss.logging.Logger;

/**
 * Plays events into {@link JobProcess}, and the passing of time; one instance for each partition. Whatever goes wrong
 * with one job ends that job with the reason, never the partition.
 */
final class JobProcessor implements Processor<String, Message, String, Outgoing> {
    private static final Logger LOG = Logger.getLogger(JobProcessor.class);
    private static final Pattern JOB_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");
    private static final Duration FORGETTING = Duration.ofHours(1);
    private static final String TRACE_PARENT = "traceparent";

    private final OrchestratorConfig config;
    private final JobProcess process;
    private final Queues queues;
    private final OpenJobs openJobs;
    private final Routing routing;

    private ProcessorContext<String, Outgoing> context;
    private JobStore store;
    private StatusPublisher statuses;
    private DecisionWriter writer;
    private PartitionPulse pulse;

    JobProcessor(OrchestratorConfig config, Queues queues, OpenJobs openJobs, Routing routing) {
        this.config = config;
        this.process = new JobProcess(config.processSettings());
        this.queues = queues;
        this.openJobs = openJobs;
        this.routing = routing;
    }

    @Override
    public void init(ProcessorContext<String, Outgoing> processorContext) {
        context = processorContext;
        store = new JobStore(context);
        statuses = new StatusPublisher(this::send);
        writer = new DecisionWriter(store, queues, statuses, this::send);
        pulse = new PartitionPulse(context.taskId().partition(), config.lease(), config.beat());
        store.load(now().plus(config.lease()));
        store.running().forEach(openJobs::update);
        context.schedule(config.beat(), PunctuationType.WALL_CLOCK_TIME, timestamp -> beat());
        context.schedule(FORGETTING, PunctuationType.WALL_CLOCK_TIME, timestamp -> forget());
    }

    @Override
    public void process(Record<String, Message> record) {
        Message message = record.value();
        if (message instanceof PartitionBeat beat) {
            pulse.returned(beat, now());
        } else if (message instanceof DeadLetter letter) {
            deadLetter(letter);
        } else if (message != null && !JOB_ID.matcher(message.jobId()).matches()) {
            refuse(record, "a job id is made of at most 100 letters, digits, dots, dashes and underscores");
        } else if (message != null && record.key() != null && !message.jobId().equals(record.key())) {
            refuse(record, "the record's key must be its job id \"" + message.jobId() + "\"");
        } else if (message != null
                && routing.strays(record.key(), context.taskId().partition())) {
            openJobs.rerouted();
            send(Outgoing.of(topic(record), message));
        } else if (message != null) {
            play(record, message);
        }
    }

    @Override
    public void close() {
        store.running().forEach(state -> openJobs.forget(state.jobId()));
    }

    private void play(Record<String, Message> record, Message message) {
        JobState state = store.get(message.jobId());
        if (message instanceof TaskEvent event) {
            if (state == null) {
                unknown(record, event);
            }
            decide(event.jobId(), state, () -> process.on(state, event, now()), reason -> refuse(record, reason));
        } else if (message instanceof JobEvent.Submitted submitted) {
            decide(
                    submitted.jobId(),
                    state,
                    () -> process.on(state, submitted, now(), traceParent(record)),
                    reason -> writer.carryOut(process.refuse(submitted, reason, now()), now()));
        } else if (message instanceof JobEvent.CancelRequested cancel) {
            if (state == null) {
                refuse(record, "there is no job \"" + cancel.jobId() + "\"");
            }
            decide(
                    cancel.jobId(),
                    state,
                    () -> process.on(state, cancel, now(), null),
                    reason -> refuse(record, reason));
        } else {
            refuse(record, "neither a request nor a task event");
        }
    }

    /**
     * @param state {@code null} if there is no such job yet
     * @param otherwise what to do with the reason of a failure if there is no job to fail
     */
    private void decide(
            String jobId, JobState state, Supplier<Decision> decision, java.util.function.Consumer<String> otherwise) {
        try {
            Optional<String> condemned = OversizedRecords.condemned(jobId);
            if (condemned.isPresent()) {
                throw new Outgoing.JobFailure(condemned.get());
            }
            carryOut(decision.get());
        } catch (KafkaException e) {
            // Not the job's fault: this thread begins again from its last commit.
            throw e;
        } catch (RuntimeException | StackOverflowError e) {
            boolean expected = e instanceof Outgoing.JobFailure;
            String reason = expected ? e.getMessage() : "an event could not be worked in: " + e;
            LOG.errorf(expected ? null : e, "Job %s: %s", jobId, reason);
            if (state != null && !state.isEnded()) {
                carryOut(process.fail(state, reason, now()));
            } else {
                otherwise.accept(reason);
            }
        }
    }

    private void carryOut(Decision decision) {
        writer.carryOut(decision, now());
        if (decision.state() != null && decision.urgency() != Decision.Urgency.NONE) {
            openJobs.update(decision.state());
        }
    }

    private void beat() {
        Instant now = now();
        if (!store.running().isEmpty()) {
            send(Outgoing.of(Topics.TASK_EVENTS, pulse.next(now))
                    .to(context.taskId().partition()));
        }
        boolean leasesEnd = pulse.leasesEnd(now);
        for (JobState state : store.running()) {
            if (leasesEnd) {
                noteLostLeases(state, now);
            }
            decide(state.jobId(), state, () -> process.beat(state, now, leasesEnd), reason -> {});
        }
        statuses.beat(store, now);
        openJobs.publish();
    }

    private void noteLostLeases(JobState state, Instant now) {
        state.tasks().values().stream()
                .filter(open -> open.state() == State.RUNNING && !open.due().isAfter(now))
                .forEach(open -> {
                    LOG.warnf("Worker %s lost its lease on %s of job %s", open.worker(), open.label(), state.jobId());
                    openJobs.leaseLost();
                });
    }

    private void forget() {
        store.forget(now().minus(config.keepJobs()), jobId -> send(Outgoing.tombstone(Topics.JOB_STATUS, jobId)));
    }

    private void unknown(Record<String, Message> record, TaskEvent event) {
        openJobs.unknownJob();
        // A worker that goes on for nobody would write a letter every other second.
        if (!(event instanceof TaskEvent.Progressed)) {
            refuse(record, "there is no job \"" + event.jobId() + "\"");
        }
    }

    private void refuse(Record<String, Message> record, String reason) {
        deadLetter(new DeadLetter(
                record.value().jobId(), topic(record), reason, java.util.Map.of(), String.valueOf(record.value())));
    }

    private void deadLetter(DeadLetter letter) {
        LOG.warnf("Record of job %s in %s was put aside: %s", letter.jobId(), letter.topic(), letter.reason());
        openJobs.deadLetter();
        send(Outgoing.of(Topics.DEAD_LETTERS, letter));
    }

    private void send(Outgoing outgoing) {
        Record<String, Outgoing> record = new Record<>(outgoing.key(), outgoing, context.currentSystemTimeMs());
        JobState state =
                outgoing.message() == null ? null : store.get(outgoing.message().jobId());
        if (state != null && state.submission().traceParent() != null) {
            record.headers().add(TRACE_PARENT, state.submission().traceParent().getBytes(StandardCharsets.UTF_8));
        }
        context.forward(record);
    }

    private String topic(Record<String, Message> record) {
        return context.recordMetadata().map(metadata -> metadata.topic()).orElse("");
    }

    private static String traceParent(Record<String, Message> record) {
        Header header = record.headers().lastHeader(TRACE_PARENT);
        return header == null || header.value() == null || header.value().length > 100
                ? null
                : new String(header.value(), StandardCharsets.UTF_8);
    }

    private Instant now() {
        return Instant.ofEpochMilli(context.currentSystemTimeMs());
    }
}
