package io.millrace.worker.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.event.TaskFence;
import io.millrace.contracts.task.Task;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TaskFencesTest {
    private static final List<TaskFence> LOG = List.of(
            new TaskFence("a", "t1", 2),
            new TaskFence("a", "t1", 3),
            new TaskFence("a", "t2", TaskFence.NONE),
            TaskFence.ofJob("b"));

    @Test
    void whatIsReadAgainInAnyOrderInventsNothingAndForgetsNothing() {
        for (long seed = 0; seed < 100; seed++) {
            TaskFences fences = new TaskFences(KafkaConnection.to("none:1"));
            List<TaskFence> read = new ArrayList<>(LOG);
            read.addAll(LOG);
            Collections.shuffle(read, new Random(seed));
            read.forEach(fences::note);

            assertThat(fences.obsolete(task("a", "t1", 2))).isTrue();
            assertThat(fences.obsolete(task("a", "t1", 3))).isFalse();
            assertThat(fences.obsolete(task("a", "t2", 7))).isTrue();
            assertThat(fences.obsolete(task("a", "t3", 1)))
                    .as("never mentioned")
                    .isFalse();
            assertThat(fences.obsolete(task("b", "t1", 1))).isTrue();
        }
    }

    private static Task task(String job, String id, int attempt) {
        return new Task(id, job, "svd", "compress", attempt, null, Map.of(), Map.of(), List.of(), 0);
    }
}
