package io.millrace.orchestrator.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.Json;
import io.millrace.contracts.Stages;
import io.millrace.contracts.TopicSettings;
import io.millrace.contracts.Topics;
import io.millrace.contracts.event.DeadLetter;
import io.millrace.contracts.event.EventDeserializer;
import io.millrace.contracts.event.EventSerializer;
import io.millrace.contracts.event.Events;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.event.TaskFence;
import io.millrace.contracts.job.JobSpecReader;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.task.Findings;
import io.millrace.contracts.task.Outcome.Fork;
import io.millrace.contracts.task.Outcome.Part;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import io.millrace.orchestrator.RestAnswers;
import io.millrace.orchestrator.board.BoardListener;
import io.millrace.orchestrator.process.OpenTask;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.IntStream;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProcessTopologyTest {
    private static final String JOB = "job-1";
    private static final String SPEC = """
            model: s3://models/lenet.onnx
            data: {train: s3://data/train, validation: s3://data/test}
            recipe: svd-cp-int8
            mac-ratio: 0.5
            """;

    @TempDir
    Path folder;

    private final List<String> queuesMade = new ArrayList<>();
    private final List<JobStatus> seen = new ArrayList<>();
    private final List<String> gone = new ArrayList<>();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Map<String, TestOutputTopic<String, Message>> outputs = new HashMap<>();
    private TopologyTestDriver driver;
    private TestInputTopic<String, Message> jobs;
    private TestInputTopic<String, Message> taskEvents;

    @BeforeEach
    void start() {
        OrchestratorConfig config = new SmallRyeConfigBuilder()
                .withMapping(OrchestratorConfig.class)
                .withDefaultValue("millrace.orchestrator.lease", "PT12S")
                .withDefaultValue("millrace.orchestrator.back-off", "PT2S")
                .withDefaultValue("millrace.orchestrator.max-back-off", "PT1M")
                .withDefaultValue("millrace.orchestrator.beat", "PT1S")
                .withDefaultValue("millrace.orchestrator.retry-for", "PT30M")
                .withDefaultValue("millrace.orchestrator.reissue", "PT1M")
                .withDefaultValue("millrace.orchestrator.max-reissue", "PT1H")
                .withDefaultValue("millrace.orchestrator.keep-jobs", "PT2160H")
                .withDefaultValue("millrace.orchestrator.most-outside-stages", "2")
                .build()
                .getConfigMapping(OrchestratorConfig.class);
        Queues queues = new Queues(Map.of(), config.outsideStages(), config.mostOutsideStages()) {
            @Override
            void create(TopicSettings queue) {
                queuesMade.add(queue.name());
            }
        };
        Properties properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "none:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, folder.toString());
        properties.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        BoardListener listener = new BoardListener() {
            @Override
            public void status(JobStatus status) {
                seen.add(status);
            }

            @Override
            public void gone(String jobId) {
                gone.add(jobId);
            }
        };
        driver = new TopologyTestDriver(
                ProcessTopology.of(config, queues, new OpenJobs(meters), new Routing(() -> 1), listener), properties);
        jobs = driver.createInputTopic(Topics.JOBS, new StringSerializer(), new EventSerializer());
        taskEvents = driver.createInputTopic(Topics.TASK_EVENTS, new StringSerializer(), new EventSerializer());
    }

    @AfterEach
    void stop() {
        driver.close();
    }

    @Test
    void aJobRunsFromTopicToTopic() {
        submit(SPEC);
        work();

        JobStatus last = last(Topics.JOB_STATUS);
        assertThat(last.phase()).isEqualTo(JobStatus.Phase.COMPLETED);
        assertThat(last.objectiveMet()).isTrue();
        assertThat(read(Topics.JOB_EVENTS)).first().isEqualTo(new JobEvent.Accepted(JOB, "lenet"));
        assertThat(driver.<String, io.millrace.orchestrator.process.JobState>getKeyValueStore(JobStore.HEADS)
                        .get(JOB)
                        .candidates())
                .as("what is kept of an ended job")
                .isEmpty();
    }

    @Test
    void aLostLeaseIsFoundByTheBeat() {
        submit(SPEC);
        Task task = (Task) read(Topics.tasks(Stages.EVALUATION)).get(0);
        pass(13);
        say(new TaskEvent.Claimed(task.id(), JOB, 1, "w"));
        pass(11);
        assertThat(read(Topics.tasks(Stages.EVALUATION))).isEmpty();

        pass(1);

        assertThat(read(Topics.tasks(Stages.EVALUATION))).containsExactly(task.withAttempt(2));
        assertThat(meters.counter("millrace.leases.lost").count()).isEqualTo(1);
        assertThat(read(Topics.TASK_FENCES)).contains(TaskFence.below(JOB, task.id(), 2));
    }

    @Test
    void noLeaseRunsOutBeforeThePartitionWasSeenAliveForAsLong() {
        submit(SPEC);
        Task task = (Task) read(Topics.tasks(Stages.EVALUATION)).get(0);
        say(new TaskEvent.Claimed(task.id(), JOB, 1, "w"));
        // No beat could come back meanwhile: as if the broker was away.
        driver.advanceWallClockTime(Duration.ofMinutes(10));
        pass(11);
        assertThat(read(Topics.tasks(Stages.EVALUATION))).isEmpty();

        pass(2);

        assertThat(read(Topics.tasks(Stages.EVALUATION))).containsExactly(task.withAttempt(2));
    }

    @Test
    void aQueuedTaskIsIssuedOnceMore() {
        submit(SPEC);
        List<Message> first = read(Topics.tasks(Stages.EVALUATION));

        pass(60);

        assertThat(read(Topics.tasks(Stages.EVALUATION))).isEqualTo(first);
    }

    @Test
    void eightThousandOpenTasksAreNothingSpecial() {
        Task compress = compressTask();
        List<Part> parts = IntStream.range(0, 8000)
                .mapToObj(i -> new Part("layer " + i, "measure", parameters().put("part", i)))
                .toList();
        say(new TaskEvent.Completed(
                compress.id(), JOB, 1, "w", new Fork(parts, new Part("all", "select", compress.parameters())), false));
        pass(1);

        List<Message> issued = read(Topics.tasks(Stages.SVD));
        assertThat(issued).hasSize(8000);
        JobStatus status = last(Topics.JOB_STATUS);
        assertThat(status.openTasks()).isEqualTo(8000);
        assertThat(Events.data(status)).hasSizeLessThan(200_000);

        Artifact stored = new Artifact("s3://millrace/results/" + "a".repeat(32) + "/findings.json", "0".repeat(64), 9);
        ObjectNode findings = Findings.summary(parameters().put("table", "x".repeat(5000)), stored);
        for (Message task : issued) {
            say(new TaskEvent.Completed(((Task) task).id(), JOB, 1, "w", Result.ofFindings(findings), false));
        }
        Task join = (Task) read(Topics.tasks(Stages.SVD)).get(0);
        assertThat(join.joined()).hasSize(8000);
        assertThat(Events.data(join)).hasSizeLessThan(TopicSettings.MAX_RECORD_BYTES);
        assertThat(read(Topics.DEAD_LETTERS)).isEmpty();
    }

    @Test
    void aRecordThatWouldBeTooLargeFailsItsJobAndNoOther() {
        Task compress = compressTask();
        List<Part> parts = IntStream.range(0, 100)
                .mapToObj(i -> new Part("layer " + i, "measure", parameters().put("part", i)))
                .toList();
        say(new TaskEvent.Completed(
                compress.id(),
                JOB,
                1,
                "w",
                new Fork(parts, new Part("all", "select", parameters().put("grid", "y".repeat(3_000_000)))),
                false));
        ObjectNode inline = parameters().put("table", "x".repeat(70_000));
        for (Message task : read(Topics.tasks(Stages.SVD))) {
            say(new TaskEvent.Completed(((Task) task).id(), JOB, 1, "w", Result.ofFindings(inline), false));
        }

        JobStatus status = last(Topics.JOB_STATUS);
        assertThat(status.phase()).isEqualTo(JobStatus.Phase.FAILED);
        assertThat(status.reason())
                .contains("a record of the job would have 100")
                .contains("store their findings");
        jobs.pipeInput("job-2", submission("job-2", SPEC));
        assertThat(read(Topics.tasks(Stages.EVALUATION))).hasSize(1);
    }

    @Test
    void anEventThatCannotBeWorkedInFailsItsJob() {
        Task compress = compressTask();
        say(new TaskEvent.Completed(
                compress.id(), JOB, 1, "w", new Fork(List.of(new Part("no action", null, null)), null), false));
        for (Message task : read(Topics.tasks(Stages.SVD))) {
            say(new TaskEvent.Completed(((Task) task).id(), JOB, 1, "w", Result.ofFindings(parameters()), false));
        }

        JobStatus status = last(Topics.JOB_STATUS);
        assertThat(status.phase()).isEqualTo(JobStatus.Phase.FAILED);
        assertThat(status.reason()).contains("could not be worked in");
    }

    @Test
    void aJobThatNobodyKnowsGetsALetter() {
        taskEvents.pipeInput("job-9", new TaskEvent.Claimed("t", "job-9", 1, "w"));
        taskEvents.pipeInput("job-9", new TaskEvent.Progressed("t", "job-9", 1, "w", null));

        assertThat(read(Topics.DEAD_LETTERS))
                .singleElement()
                .isInstanceOfSatisfying(
                        DeadLetter.class, letter -> assertThat(letter.reason()).isEqualTo("there is no job \"job-9\""));
        assertThat(meters.counter("millrace.messages.unknown.job").count()).isEqualTo(2);
    }

    @Test
    void aRecordWithoutAKeyReachesItsJob() {
        jobs.pipeInput(null, submission(JOB, SPEC));

        assertThat(read(Topics.tasks(Stages.EVALUATION))).hasSize(1);
        assertThat(meters.counter("millrace.messages.rerouted").count()).isEqualTo(1);
    }

    @Test
    void theTraceOfTheSubmissionGoesOnInItsTasks() {
        RecordHeaders headers = new RecordHeaders();
        headers.add("traceparent", "00-abc-def-01".getBytes(StandardCharsets.UTF_8));
        jobs.pipeInput(new TestRecord<>(JOB, submission(JOB, SPEC), headers));

        TestRecord<String, Message> task = driver.createOutputTopic(
                        Topics.tasks(Stages.EVALUATION), new StringDeserializer(), new EventDeserializer())
                .readRecord();
        assertThat(task.headers().lastHeader("traceparent").value()).asString().isEqualTo("00-abc-def-01");
    }

    @Test
    void aJobThatEndedLongAgoIsForgotten() {
        submit(SPEC);
        jobs.pipeInput(JOB, new JobEvent.CancelRequested(JOB, null));
        for (int day = 0; day < 91; day++) {
            driver.advanceWallClockTime(Duration.ofDays(1));
        }

        assertThat(gone).containsExactly(JOB);
        assertThat(driver.getKeyValueStore(JobStore.HEADS).get(JOB)).isNull();
    }

    @Test
    void outsideStagesAreBounded() {
        for (int i = 1; i <= 3; i++) {
            String jobId = "job-" + i;
            jobs.pipeInput(
                    jobId,
                    submission(
                            jobId,
                            SPEC.replace(
                                    "recipe: svd-cp-int8\nmac-ratio: 0.5",
                                    "recipe: [{stage: {name: polish-" + i + "}}]")));
            Task baseline = (Task) read(Topics.tasks(Stages.EVALUATION)).get(0);
            taskEvents.pipeInput(
                    jobId, new TaskEvent.Completed(baseline.id(), jobId, 1, "w", RestAnswers.to(baseline), false));
        }

        assertThat(queuesMade).containsExactly("millrace.tasks.polish-1", "millrace.tasks.polish-2");
        assertThat(last(Topics.JOB_STATUS).reason()).contains("one more than the 2 outside stages allowed");
    }

    @Test
    void heartbeatsAreNotStored() {
        submit(SPEC);
        Task task = (Task) read(Topics.tasks(Stages.EVALUATION)).get(0);
        say(new TaskEvent.Claimed(task.id(), JOB, 1, "w"));
        var stored = driver.<String, OpenTask>getKeyValueStore("job-tasks");
        OpenTask before = stored.get(JOB + "/" + task.id());

        pass(3);
        say(new TaskEvent.Progressed(task.id(), JOB, 1, "w", Progress.of("measuring", 1, 100)));

        assertThat(stored.get(JOB + "/" + task.id())).isEqualTo(before);
    }

    @Test
    void progressIsPublishedWithTheBeat() {
        submit(SPEC);
        Task task = (Task) read(Topics.tasks(Stages.EVALUATION)).get(0);
        say(new TaskEvent.Claimed(task.id(), JOB, 1, "w"));
        read(Topics.JOB_STATUS);
        for (int i = 0; i < 100; i++) {
            say(new TaskEvent.Progressed(task.id(), JOB, 1, "w", Progress.of("measuring", i, 100)));
        }
        assertThat(read(Topics.JOB_STATUS)).isEmpty();

        driver.advanceWallClockTime(Duration.ofSeconds(1));

        assertThat(read(Topics.JOB_STATUS))
                .singleElement()
                .isInstanceOfSatisfying(JobStatus.class, status -> assertThat(
                                status.tasks().get(0).progress().done())
                        .isEqualTo(99));
    }

    @Test
    void whatCannotBeReadGoesToTheDeadLettersAndTheLoopGoesOn() {
        driver.createInputTopic(Topics.TASK_EVENTS, new StringSerializer(), new ByteArraySerializer())
                .pipeInput(JOB, new byte[] {1, 2, 3});
        taskEvents.pipeInput("other-key", new TaskEvent.Released("t", JOB, 1, "w"));
        jobs.pipeInput("../../x", new JobEvent.CancelRequested("../../x", null));
        submit(SPEC);

        assertThat(read(Topics.DEAD_LETTERS))
                .extracting(message -> ((DeadLetter) message).reason().split(":")[0])
                .containsExactly(
                        "no CloudEvent",
                        "the record's key must be its job id \"job-1\"",
                        "a job id is made of at most 100 letters, digits, dots, dashes and underscores");
        assertThat(last(Topics.JOB_STATUS).phase()).isEqualTo(JobStatus.Phase.RUNNING);
    }

    @Test
    void anOutsideStageGetsItsQueue() {
        submit(SPEC.replace("recipe: svd-cp-int8\nmac-ratio: 0.5", "recipe: [{stage: {name: polish}}]"));
        Task baseline = (Task) read(Topics.tasks(Stages.EVALUATION)).get(0);
        say(new TaskEvent.Completed(baseline.id(), JOB, 1, "w", RestAnswers.to(baseline), false));

        assertThat(queuesMade).containsExactly("millrace.tasks.polish");
        assertThat(read("millrace.tasks.polish")).hasSize(1);
    }

    @Test
    void theBoardShowsWhatTheStatusTopicHolds() {
        submit(SPEC);
        JobStatus status = last(Topics.JOB_STATUS);

        assertThat(seen).containsExactly(status);
    }

    /** A second at a time, as it does pass. */
    private void pass(int seconds) {
        for (int i = 0; i < seconds; i++) {
            driver.advanceWallClockTime(Duration.ofSeconds(1));
        }
    }

    private Task compressTask() {
        submit(SPEC);
        Task baseline = (Task) read(Topics.tasks(Stages.EVALUATION)).get(0);
        say(new TaskEvent.Completed(baseline.id(), JOB, 1, "w", RestAnswers.to(baseline), false));
        return (Task) read(Topics.tasks(Stages.SVD)).get(0);
    }

    private static ObjectNode parameters() {
        return Json.mapper().createObjectNode();
    }

    private void submit(String spec) {
        jobs.pipeInput(JOB, submission(JOB, spec));
    }

    private static JobEvent.Submitted submission(String jobId, String spec) {
        try {
            return new JobEvent.Submitted(jobId, JobSpecReader.parse(spec));
        } catch (io.millrace.contracts.job.InvalidJobException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private void say(TaskEvent event) {
        taskEvents.pipeInput(JOB, event);
    }

    /** Does all tasks until there are no more. */
    private void work() {
        boolean worked = true;
        while (worked) {
            worked = false;
            for (String stage : Stages.BUILT_IN) {
                for (Message message : read(Topics.tasks(stage))) {
                    Task task = (Task) message;
                    say(new TaskEvent.Claimed(task.id(), JOB, task.attempt(), "w"));
                    say(new TaskEvent.Completed(task.id(), JOB, task.attempt(), "w", RestAnswers.to(task), false));
                    worked = true;
                }
            }
        }
    }

    private List<Message> read(String topic) {
        return outputs.computeIfAbsent(
                        topic,
                        name -> driver.createOutputTopic(name, new StringDeserializer(), new EventDeserializer()))
                .readValuesToList();
    }

    private JobStatus last(String topic) {
        List<Message> all = read(topic);
        return (JobStatus) all.get(all.size() - 1);
    }
}
