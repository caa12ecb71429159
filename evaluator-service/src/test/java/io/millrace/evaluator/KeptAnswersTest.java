package io.millrace.evaluator;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.data.Batch;
import io.millrace.inference.Answers;
import io.millrace.onnx.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KeptAnswersTest {
    private static final Batch BATCH = new Batch(Map.of(), new long[0], 1);

    private final KeptAnswers kept = new KeptAnswers(100);

    @Test
    void givesBatchByBatchWhatWasAnswered() {
        pass("a", 2, 5);

        Answers found = kept.find("a").orElseThrow();
        assertThat(found.to(0, BATCH).get("y").floats()[0]).isZero();
        assertThat(found.to(1, BATCH).get("y").floats()[0]).isEqualTo(1);
    }

    @Test
    void whatIsTooMuchIsNotKept() {
        pass("a", 3, 10);

        assertThat(kept.find("a")).isEmpty();
    }

    @Test
    void theOneNotAskedForLongestGoesFirst() {
        pass("a", 2, 5);
        pass("b", 2, 5);
        kept.find("a");
        pass("c", 2, 5);

        assertThat(kept.find("a")).isPresent();
        assertThat(kept.find("b")).isEmpty();
        assertThat(kept.find("c")).isPresent();
    }

    @Test
    void aPassThatWasLeftEarlyIsNotKept() {
        kept.record((number, batch) -> Map.of("y", Tensor.scalar(0))).to(0, BATCH);

        assertThat(kept.find("a")).isEmpty();
    }

    /** Batches of so many numbers of four bytes. */
    private void pass(String name, int batches, int numbers) {
        KeptAnswers.Recording recording = kept.record((number, batch) -> {
            float[] values = new float[numbers];
            values[0] = number;
            return Map.of("y", Tensor.ofFloats(values, numbers));
        });
        for (int i = 0; i < batches; i++) {
            recording.to(i, BATCH);
        }
        recording.keep(name);
    }
}
