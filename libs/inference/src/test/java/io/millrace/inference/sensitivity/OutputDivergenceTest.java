package io.millrace.inference.sensitivity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.ModelOutput;
import io.millrace.onnx.output.OutputKind;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class OutputDivergenceTest {

    private static OutputDivergence between(OutputKind kind, boolean normalised, Tensor reference, Tensor changed) {
        OutputDivergence divergence = of(kind, normalised);
        divergence.add(Map.of("out", reference), Map.of("out", changed));
        return divergence;
    }

    private static OutputDivergence of(OutputKind kind, boolean normalised) {
        return new OutputDivergence(List.of(new ModelOutput("out", kind, normalised, 1, -1, "out", "test")));
    }

    @Test
    void logitsAreComparedAfterSoftmax() {
        // given two rows; the second differs by a constant, which softmax does not see
        Tensor reference = Tensor.ofFloats(new float[] {0, 0, 1, 2}, 2, 2);
        Tensor changed = Tensor.ofFloats(new float[] {0, (float) Math.log(3), 11, 12}, 2, 2);

        // when
        OutputDivergence divergence = between(OutputKind.CLASS_SCORES, false, reference, changed);

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
        double loss =
                between(OutputKind.PROBABILITIES, true, reference, changed).loss();

        // then
        assertThat(loss).isCloseTo(Math.log(2) - Math.log(3) / 2, within(1e-6));
    }

    @Test
    void classesThatAreExcludedByInfinityAreNoDifference() {
        Tensor masked = Tensor.ofFloats(new float[] {0, Float.NEGATIVE_INFINITY, 1}, 1, 3);

        assertThat(between(OutputKind.CLASS_SCORES, false, masked, masked).loss())
                .isCloseTo(0, within(1e-12));
    }

    @Test
    void aClassMapCountsEachPlace() {
        // given [1, 2 classes, 1, 2 places]
        Tensor reference = Tensor.ofFloats(new float[] {1, 0, 0, 1}, 1, 2, 1, 2);
        Tensor changed = Tensor.ofFloats(new float[] {0, 0, 1, 1}, 1, 2, 1, 2);

        assertThat(between(OutputKind.CLASS_MAP, false, reference, changed).agreement())
                .isEqualTo(0.5);
    }

    @Test
    void aRegressionThatIsShiftedIsFarFromItself() {
        // given
        Random random = new Random(1);
        float[] values = new float[400];
        float[] shifted = new float[400];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
            shifted[i] = values[i] + 100;
        }

        // when
        OutputDivergence divergence =
                between(OutputKind.VALUES, false, Tensor.ofFloats(values, 100, 4), Tensor.ofFloats(shifted, 100, 4));

        // then 100^2 over a variance of about 1
        assertThat(divergence.loss()).isBetween(8_000.0, 13_000.0);
        assertThat(divergence.agreement()).isLessThan(-8_000);
    }

    @Test
    void agreementOfValuesIsR2ByTheMeanOfEachColumnAcrossBatches() {
        // given columns of very different means; deviations from them: 1, 1, 1, 1 and 10, 10, 10, 10
        OutputDivergence divergence = of(OutputKind.VALUES, false);
        divergence.add(
                Map.of("out", Tensor.ofFloats(new float[] {1001, 10, 999, -10}, 2, 2)),
                Map.of("out", Tensor.ofFloats(new float[] {1001, 12, 999, -10}, 2, 2)));
        divergence.add(
                Map.of("out", Tensor.ofFloats(new float[] {1001, 10, 999, -10}, 2, 2)),
                Map.of("out", Tensor.ofFloats(new float[] {1001, 10, 999, -10}, 2, 2)));

        // then 4 / (4 * 1 + 4 * 100)
        assertThat(divergence.loss()).isCloseTo(4 / 404.0, within(1e-9));
        assertThat(divergence.agreement()).isCloseTo(1 - 4 / 404.0, within(1e-9));
    }

    @Test
    void aLengthSaysNothingOfAnEmbedding() {
        Tensor reference = Tensor.ofFloats(new float[] {1, 0, 0, 1}, 2, 2);
        Tensor longer = Tensor.ofFloats(new float[] {5, 0, 0, 3}, 2, 2);
        Tensor turned = Tensor.ofFloats(new float[] {0, 1, 1, 0}, 2, 2);

        assertThat(between(OutputKind.EMBEDDING, false, reference, longer).loss())
                .isCloseTo(0, within(1e-12));
        assertThat(between(OutputKind.EMBEDDING, false, reference, turned).agreement())
                .isNegative();
    }

    @Test
    void oneScoreOfTwoClassesAgreesBySides() {
        Tensor reference = Tensor.ofFloats(new float[] {0.9f, 0.2f, 0.6f, 0.4f}, 4, 1);
        Tensor changed = Tensor.ofFloats(new float[] {0.6f, 0.1f, 0.4f, 0.45f}, 4, 1);

        assertThat(between(OutputKind.BINARY_SCORE, true, reference, changed).agreement())
                .isEqualTo(0.75);
        // as logits all are on one side
        assertThat(between(OutputKind.BINARY_SCORE, false, reference, changed).agreement())
                .isEqualTo(1);
    }

    @Test
    void severalScoresAgreeByWhatIsAnsweredYesNotByTheManyNos() {
        // given 1 of 50 answers is yes, and after the change none
        float[] scores = new float[50];
        java.util.Arrays.fill(scores, -4);
        scores[7] = 4;
        float[] silent = new float[50];
        java.util.Arrays.fill(silent, -4);

        // when, then
        assertThat(between(
                                OutputKind.INDEPENDENT_SCORES,
                                false,
                                Tensor.ofFloats(scores, 1, 50),
                                Tensor.ofFloats(silent, 1, 50))
                        .agreement())
                .isZero();
    }

    @Test
    void whatFillsABatchDoesNotCount() {
        OutputDivergence divergence = of(OutputKind.CLASS_SCORES, false);
        divergence.add(
                Map.of("out", Tensor.ofFloats(new float[] {1, 0, 1, 0}, 2, 2)),
                Map.of("out", Tensor.ofFloats(new float[] {1, 0, 0, 1}, 2, 2)),
                1);

        assertThat(divergence.agreement()).isEqualTo(1);
    }

    @Test
    void theOutputThatAgreesLeastDecides() {
        OutputDivergence divergence = new OutputDivergence(List.of(
                new ModelOutput("a", OutputKind.CLASS_SCORES, false, 1, 2, "a", "test"),
                new ModelOutput("b", OutputKind.CLASS_INDICES, false, 1, 1, "b", "test")));
        divergence.add(
                Map.of("a", Tensor.ofFloats(new float[] {1, 0}, 1, 2), "b", Tensor.ofLongs(new long[] {1, 2}, 2)),
                Map.of("a", Tensor.ofFloats(new float[] {1, 0}, 1, 2), "b", Tensor.ofLongs(new long[] {1, 3}, 2)));

        assertThat(divergence.agreement()).isEqualTo(0.5);
        assertThat(divergence.loss()).isEqualTo(0.5);
    }

    @Test
    void nothingComparedIsNoAgreement() {
        OutputDivergence divergence = of(OutputKind.CLASS_SCORES, false);

        assertThatThrownBy(divergence::loss).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(divergence::agreement).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void brokenNumbersAreTheWorstLossAndOtherShapesAnError() {
        // given
        Tensor reference = Tensor.ofFloats(new float[] {1, 2}, 1, 2);
        Tensor broken = Tensor.ofFloats(new float[] {Float.NaN, 0}, 1, 2);

        // when, then
        for (OutputKind kind : List.of(
                OutputKind.CLASS_SCORES,
                OutputKind.PROBABILITIES,
                OutputKind.VALUES,
                OutputKind.INDEPENDENT_SCORES,
                OutputKind.EMBEDDING)) {
            OutputDivergence divergence = between(kind, false, reference, broken);
            assertThat(divergence.loss()).as(kind.word()).isEqualTo(Double.POSITIVE_INFINITY);
            assertThat(divergence.agreement()).as(kind.word()).isLessThanOrEqualTo(0);
        }
        assertThatThrownBy(() -> between(
                        OutputKind.CLASS_SCORES, false, reference, Tensor.ofFloats(new float[] {1, 2, 3}, 1, 3)))
                .hasMessageContaining("out");
    }
}
