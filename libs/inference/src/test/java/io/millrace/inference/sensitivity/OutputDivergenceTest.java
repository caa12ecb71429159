package io.millrace.inference.sensitivity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.onnx.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutputDivergenceTest {

    private static OutputDivergence between(Tensor reference, Tensor changed) {
        OutputDivergence divergence = new OutputDivergence();
        divergence.add(Map.of("out", reference), Map.of("out", changed));
        return divergence;
    }

    @Test
    void logitsAreComparedAfterSoftmax() {
        // given two rows; the second differs by a constant, which softmax does not see
        Tensor reference = Tensor.ofFloats(new float[] {0, 0, 1, 2}, 2, 2);
        Tensor changed = Tensor.ofFloats(new float[] {0, (float) Math.log(3), 11, 12}, 2, 2);

        // when
        OutputDivergence divergence = between(reference, changed);

        // then the first row is KL((1/2, 1/2) || (1/4, 3/4)) = ln 2 - ln(3)/2
        assertThat(divergence.loss()).isCloseTo((Math.log(2) - Math.log(3) / 2) / 2, within(1e-6));
        assertThat(divergence.agreement()).isEqualTo(0.5);
    }

    @Test
    void probabilitiesAreTakenAsTheyAre() {
        // given
        Tensor reference = Tensor.ofFloats(new float[] {0.5f, 0.5f}, 1, 2);
        Tensor changed = Tensor.ofFloats(new float[] {0.25f, 0.75f}, 1, 2);

        // when
        double loss = between(reference, changed).loss();

        // then
        assertThat(loss).isCloseTo(Math.log(2) - Math.log(3) / 2, within(1e-6));
    }

    @Test
    void otherOutputsAreComparedByRelativeSquaredError() {
        // given
        Tensor reference = Tensor.ofFloats(new float[] {3, 4, 0, 0}, 1, 1, 2, 2);
        Tensor changed = Tensor.ofFloats(new float[] {3, 4, 0, 5}, 1, 1, 2, 2);

        // when
        double loss = between(reference, changed).loss();

        // then
        assertThat(loss).isCloseTo(1.0, within(1e-9));
    }

    @Test
    void brokenNumbersAreTheWorstLossAndOtherShapesAnError() {
        // given
        Tensor reference = Tensor.ofFloats(new float[] {1, 2}, 1, 2);

        // when, then
        assertThat(between(reference, Tensor.ofFloats(new float[] {Float.NaN, 0}, 1, 2))
                        .loss())
                .isEqualTo(Double.POSITIVE_INFINITY);
        assertThatThrownBy(() -> between(reference, Tensor.ofFloats(new float[] {1, 2, 3}, 1, 3)))
                .hasMessageContaining("out");
    }
}
