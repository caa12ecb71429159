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
            TaskFence.below("a", "t1", 2),
            TaskFence.below("a", "t1", 3),
            TaskFence.below("a", "t2", TaskFence.NONE),
            new TaskFence("a", "t4", 2, "w1"),
            TaskFence.ofJob("b"));

    @Test
    void whatIsReadAgainInAnyOrderInventsNothingAndForgetsNothing() {
        for (long seed = 0; seed < 100; seed++) {
            TaskFences fences = new TaskFences(KafkaConnection.to("none:1"));
            List<TaskFence> read = new ArrayList<>(LOG);
            read.addAll(LOG);
            Collections.shuffle(read, new Random(seed));
            read.forEach(fences::note);

            assertThat(fences.obsolete(task("a", "t1", 2), "w1")).isTrue();
            assertThat(fences.obsolete(task("a", "t1", 3), "w1")).isFalse();
            assertThat(fences.obsolete(task("a", "t2", 7), "w1")).isTrue();
            assertThat(fences.obsolete(task("a", "t3", 1), "w1"))
                    .as("never mentioned")
                    .isFalse();
            assertThat(fences.obsolete(task("b", "t1", 1), "w1")).isTrue();
            assertThat(fences.obsolete(task("a", "t4", 2), "w1")).as("its own").isFalse();
            assertThat(fences.obsolete(task("a", "t4", 2), "w2"))
                    .as("another has it")
                    .isTrue();
            assertThat(fences.obsolete(task("a", "t4", 3), "w2"))
                    .as("lost meanwhile")
                    .isFalse();
        }
    }

    private static Task task(String job, String id, int attempt) {
        return new Task(id, job, "svd", "compress", attempt, null, Map.of(), Map.of(), List.of(), 0, Map.of());
    }
}
