package io.millrace.orchestrator.stream;

import io.millrace.contracts.event.DeadLetter;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.job.JobStatus.State;
import io.millrace.orchestrator.process.Command;
import io.millrace.orchestrator.process.Decision;
import io.millrace.orchestrator.process.Decision.Urgency;
import io.millrace.orchestrator.process.JobProcess;
import io.millrace.orchestrator.process.JobState;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jboss.logging.Logger;

/**
 * Plays events into {@link JobProcess} and carries out what it decides; one instance for each partition. State, tasks
 * and news of one event are committed together or not at all.
 */
final class JobProcessor implements Processor<String, Message, String, Message> {
    private static final Logger LOG = Logger.getLogger(JobProcessor.class);
    private static final Pattern JOB_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,99}");

    private final JobProcess process;
    private final Duration beat;
    private final Duration lease;
    private final Queues queues;
    private final OpenJobs openJobs;

    /** Jobs that have not ended, with the time at which the next lease ends; {@link Instant#MAX} if there is none. */
    private final Map<String, Instant> due = new HashMap<>();

    private final Set<String> unpublished = new HashSet<>();
    private ProcessorContext<String, Message> context;
    private KeyValueStore<String, JobState> states;
    private Instant patientUntil;

    JobProcessor(OrchestratorConfig config, Queues queues, OpenJobs openJobs) {
        this.process = new JobProcess(config.processSettings());
        this.beat = config.beat();
        this.lease = config.lease();
        this.queues = queues;
        this.openJobs = openJobs;
    }

    @Override
    public void init(ProcessorContext<String, Message> processorContext) {
        context = processorContext;
        states = context.getStateStore(ProcessTopology.STATES);
        // What workers said while nobody listened comes first; no lease ends before it was heard.
        patientUntil = now().plus(lease);
        try (var all = states.all()) {
            all.forEachRemaining(entry -> watch(entry.value));
        }
        context.schedule(beat, PunctuationType.WALL_CLOCK_TIME, timestamp -> beat());
    }

    @Override
    public void process(Record<String, Message> record) {
        Message message = record.value();
        if (message == null) {
            return;
        }
        if (message instanceof DeadLetter letter) {
            deadLetter(record, letter);
        } else if (!message.jobId().equals(record.key())) {
            refuse(record, "the record's key must be its job id \"" + message.jobId() + "\"");
        } else if (!JOB_ID.matcher(message.jobId()).matches()) {
            refuse(record, "a job id is made of at most 100 letters, digits, dots, dashes and underscores");
        } else {
            decide(record, message);
        }
    }

    @Override
    public void close() {
        due.keySet().forEach(openJobs::forget);
    }

    private void decide(Record<String, Message> record, Message message) {
        try {
            JobState state = states.get(message.jobId());
            if (message instanceof TaskEvent event) {
                carryOut(process.on(state, event, now()));
            } else if (message instanceof JobEvent.Request request) {
                carryOut(process.on(state, request, now()));
            } else {
                refuse(record, "neither a request nor a task event");
            }
        } catch (IllegalArgumentException | NullPointerException | IllegalStateException e) {
            LOG.errorf(e, "Event of job %s could not be worked in", message.jobId());
            refuse(record, "could not be worked in: " + e);
        }
    }

    private void carryOut(Decision decision) {
        JobState state = decision.state();
        if (decision.urgency() == Urgency.NONE) {
            return;
        }
        states.put(state.jobId(), state.isEnded() ? state.remains() : state);
        watch(state);
        for (Command command : decision.commands()) {
            if (command instanceof Command.Issue issue) {
                queues.ensure(issue.task().stage());
                send(ProcessTopology.TASKS, issue.task());
            } else if (command instanceof Command.Announce announce) {
                send(ProcessTopology.NEWS, announce.news());
            }
        }
        if (decision.urgency() == Urgency.SOON) {
            unpublished.add(state.jobId());
        } else {
            unpublished.remove(state.jobId());
            send(ProcessTopology.STATUS, state.status());
        }
    }

    private void beat() {
        Instant now = now();
        if (!now.isBefore(patientUntil)) {
            List<String> ready = due.entrySet().stream()
                    .filter(entry -> !entry.getValue().isAfter(now))
                    .map(Map.Entry::getKey)
                    .toList();
            ready.forEach(jobId -> beat(states.get(jobId), now));
        }
        for (String jobId : Set.copyOf(unpublished)) {
            send(ProcessTopology.STATUS, states.get(jobId).status());
        }
        unpublished.clear();
        openJobs.publish();
    }

    private void beat(JobState state, Instant now) {
        state.tasks().values().stream()
                .filter(open -> open.state() == State.RUNNING && !open.due().isAfter(now))
                .forEach(open -> {
                    LOG.warnf("Worker %s lost its lease on %s of job %s", open.worker(), open.label(), state.jobId());
                    openJobs.leaseLost();
                });
        carryOut(process.beat(state, now));
    }

    private void watch(JobState state) {
        if (state.isEnded()) {
            due.remove(state.jobId());
        } else {
            due.put(state.jobId(), state.nextDue().orElse(Instant.MAX));
        }
        openJobs.update(state);
    }

    private void refuse(Record<String, Message> record, String reason) {
        String topic = context.recordMetadata().map(RecordMetadata::topic).orElse("");
        String data = String.valueOf(record.value());
        deadLetter(record, new DeadLetter(record.key(), topic, reason, Map.of(), data));
    }

    private void deadLetter(Record<String, Message> record, DeadLetter letter) {
        LOG.warnf("Unreadable record of job %s in %s: %s", letter.jobId(), letter.topic(), letter.reason());
        openJobs.deadLetter();
        context.forward(new Record<>(record.key(), letter, record.timestamp()), ProcessTopology.DEAD_LETTERS);
    }

    private void send(String sink, Message message) {
        context.forward(new Record<>(message.jobId(), message, context.currentSystemTimeMs()), sink);
    }

    private Instant now() {
        return Instant.ofEpochMilli(context.currentSystemTimeMs());
    }
}
