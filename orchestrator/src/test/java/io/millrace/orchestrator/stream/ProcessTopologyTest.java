package io.millrace.orchestrator.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.contracts.Stages;
import io.millrace.contracts.TopicSettings;
import io.millrace.contracts.Topics;
import io.millrace.contracts.event.DeadLetter;
import io.millrace.contracts.event.EventDeserializer;
import io.millrace.contracts.event.EventSerializer;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.event.Message;
import io.millrace.contracts.event.TaskEvent;
import io.millrace.contracts.job.JobSpecReader;
import io.millrace.contracts.job.JobStatus;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import io.millrace.orchestrator.Answers;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
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
                .build()
                .getConfigMapping(OrchestratorConfig.class);
        Queues queues = new Queues(Map.of()) {
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
        driver =
                new TopologyTestDriver(ProcessTopology.of(config, queues, new OpenJobs(meters), seen::add), properties);
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
        assertThat(driver.<String, io.millrace.orchestrator.process.JobState>getKeyValueStore(ProcessTopology.STATES)
                        .get(JOB)
                        .candidates())
                .as("what is kept of an ended job")
                .isEmpty();
    }

    @Test
    void aLostLeaseIsFoundByTheBeat() {
        submit(SPEC);
        Task task = (Task) read(Topics.tasks(Stages.EVALUATION)).get(0);
        driver.advanceWallClockTime(Duration.ofSeconds(13));
        say(new TaskEvent.Claimed(task.id(), JOB, 1, "w"));
        driver.advanceWallClockTime(Duration.ofSeconds(11));
        assertThat(read(Topics.tasks(Stages.EVALUATION))).isEmpty();

        driver.advanceWallClockTime(Duration.ofSeconds(1));

        assertThat(read(Topics.tasks(Stages.EVALUATION))).containsExactly(task.withAttempt(2));
        assertThat(meters.counter("millrace.leases.lost").count()).isEqualTo(1);
    }

    @Test
    void noLeaseEndsBeforeWhatWasSaidMeanwhileIsHeard() {
        submit(SPEC);
        Task task = (Task) read(Topics.tasks(Stages.EVALUATION)).get(0);
        say(new TaskEvent.Claimed(task.id(), JOB, 1, "w"));

        driver.advanceWallClockTime(Duration.ofSeconds(11));

        assertThat(read(Topics.tasks(Stages.EVALUATION))).isEmpty();
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
        say(new TaskEvent.Completed(baseline.id(), JOB, 1, "w", Answers.to(baseline), false));

        assertThat(queuesMade).containsExactly("millrace.tasks.polish");
        assertThat(read("millrace.tasks.polish")).hasSize(1);
    }

    @Test
    void theBoardShowsWhatTheStatusTopicHolds() {
        submit(SPEC);
        JobStatus status = last(Topics.JOB_STATUS);

        assertThat(seen).containsExactly(status);
    }

    private void submit(String spec) {
        try {
            jobs.pipeInput(JOB, new JobEvent.Submitted(JOB, JobSpecReader.parse(spec)));
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
                    say(new TaskEvent.Completed(task.id(), JOB, task.attempt(), "w", Answers.to(task), false));
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
