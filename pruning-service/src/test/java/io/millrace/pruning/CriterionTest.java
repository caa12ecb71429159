package io.millrace.pruning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.contracts.method.PruningCriterion;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.ChannelGroups;
import io.millrace.onnx.cost.Alignment;
import io.millrace.selection.Networks;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class CriterionTest {

    /** Conv 3 -> 4, then Conv 4 -> 2: one group of four channels. */
    private static OnnxModel network() {
        OnnxModel model = Networks.input(-1, 3, 6, 6)
                .node("Conv", "a", "x", "[4,3,3,3]")
                .node("Relu", "b", "a")
                .node("Conv", "y", "b", "[2,4,3,3]")
                .output("y", -1, 2, 2, 2);
        return model;
    }

    private static ChannelGroup group(OnnxModel model) {
        return ChannelGroups.of(model).groups().get(0);
    }

    @Test
    void l2IsTheRelativeNormOfRowsAndColumns() {
        // given
        OnnxModel model = network();
        float[] rows = model.graph().initializer("a.weight1").floats();
        float[] columns = model.graph().initializer("y.weight1").floats();
        double[] rowNorms = new double[4];
        double[] columnNorms = new double[4];
        for (int c = 0; c < 4; c++) {
            for (int i = 0; i < 27; i++) {
                rowNorms[c] += rows[c * 27 + i] * rows[c * 27 + i];
            }
            for (int o = 0; o < 2; o++) {
                for (int i = 0; i < 9; i++) {
                    float value = columns[(o * 4 + c) * 9 + i];
                    columnNorms[c] += value * value;
                }
            }
        }

        // when
        double[] scores = Criterion.L2.scores(model, group(model), 1);

        // then
        double rowMean = 0;
        double columnMean = 0;
        for (int c = 0; c < 4; c++) {
            rowMean += Math.sqrt(rowNorms[c]) / 4;
            columnMean += Math.sqrt(columnNorms[c]) / 4;
        }
        for (int c = 0; c < 4; c++) {
            double expected = Math.sqrt(rowNorms[c]) / rowMean + Math.sqrt(columnNorms[c]) / columnMean;
            assertThat(scores[c]).isCloseTo(expected, within(1e-6));
        }
    }

    @Test
    void aChannelThatIsAlmostZeroGoesFirstByAnyMagnitude() {
        // given
        OnnxModel model = network();
        float[] rows = model.graph().initializer("a.weight1").floats();
        for (int i = 0; i < 27; i++) {
            rows[2 * 27 + i] *= 1e-3f;
        }
        model.graph().setInitializer("a.weight1", Tensor.ofFloats(rows, 4, 3, 3, 3));
        float[] columns = model.graph().initializer("y.weight1").floats();
        for (int o = 0; o < 2; o++) {
            for (int i = 0; i < 9; i++) {
                columns[(o * 4 + 2) * 9 + i] *= 1e-3f;
            }
        }
        model.graph().setInitializer("y.weight1", Tensor.ofFloats(columns, 2, 4, 3, 3));

        // when, then
        for (Criterion criterion : new Criterion[] {Criterion.L1, Criterion.L2}) {
            assertThat(smallest(criterion.scores(model, group(model), 1)))
                    .as(criterion.label())
                    .isEqualTo(2);
        }
    }

    @Test
    void rowsCountAsTheNormalisationBehindThemScalesThem() {
        // given a channel with a large filter that its normalisation all but switches off
        OnnxModel model = Networks.input(-1, 3, 6, 6)
                .node("Conv", "a", "x", "[4,3,3,3]")
                .node("BatchNormalization", "n", "a", "[4]", "[4]", "[4]", "[4]")
                .node("Conv", "y", "n", "[2,4,3,3]")
                .output("y", -1, 2, 2, 2);
        model.graph().setInitializer("n.weight1", Tensor.ofFloats(new float[] {1, 1e-4f, 1, 1}, 4));
        model.graph().setInitializer("n.weight4", Tensor.ofFloats(new float[] {1, 1, 1, 1}, 4));
        float[] rows = model.graph().initializer("a.weight1").floats();
        for (int i = 0; i < 27; i++) {
            rows[27 + i] *= 2;
        }
        model.graph().setInitializer("a.weight1", Tensor.ofFloats(rows, 4, 3, 3, 3));

        // when, then
        assertThat(smallest(Criterion.BN_SCALE.scores(model, group(model), 1))).isEqualTo(1);
        double[] l2 = Criterion.L2.scores(model, group(model), 1);
        assertThat(smallest(l2)).isEqualTo(1);
    }

    /** Conv 3 -> 4 with a normalisation behind it, then Conv 4 -> 5 without one, then Conv 5 -> 2. */
    private static OnnxModel halfNormalised() {
        return Networks.input(-1, 3, 8, 8)
                .node("Conv", "a", "x", "[4,3,3,3]")
                .node("BatchNormalization", "n", "a", "[4]", "[4]", "[4]", "var")
                .weight("var", Tensor.ofFloats(new float[] {1, 1, 1, 1}, 4))
                .node("Conv", "b", "n", "[5,4,3,3]")
                .node("Relu", "c", "b")
                .node("Conv", "y", "c", "[2,5,3,3]")
                .output("y", -1, 2, 2, 2);
    }

    @Test
    void groupWithoutANormalisationIsRankedByL2AndNotByItsOrder() {
        // given a network in which one group has a normalisation and the other has none
        OnnxModel model = halfNormalised();
        ChannelGroup normalised = ChannelGroups.of(model).groups().get(0);
        ChannelGroup bare = ChannelGroups.of(model).groups().get(1);
        assertThat(Criterion.BN_SCALE.scores(model, bare, 1)).containsOnly(0);

        // when
        Ranking byScale = Ranking.of(model, normalised, Criterion.BN_SCALE, 1).orElseThrow();
        Ranking instead = Ranking.of(model, bare, Criterion.BN_SCALE, 1).orElseThrow();

        // then
        assertThat(byScale.criterion()).isEqualTo(Criterion.BN_SCALE);
        assertThat(instead.criterion()).isEqualTo(Criterion.L2);
        assertThat(instead.scores()).isEqualTo(Criterion.L2.scores(model, bare, 1));
    }

    @Test
    void criterionThatCannotTellTwoChannelsApartGivesWayToL2() {
        // given two channels: each is as far from the other as the other from it
        OnnxModel model = Networks.input(-1, 3, 6, 6)
                .node("Conv", "a", "x", "[2,3,3,3]")
                .node("Conv", "y", "a", "[2,2,3,3]")
                .output("y", -1, 2, 2, 2);

        // when, then
        assertThat(Ranking.of(model, group(model), Criterion.GEOMETRIC_MEDIAN, 1))
                .map(Ranking::criterion)
                .hasValue(Criterion.L2);
    }

    @Test
    void channelsThatAreAllAlikeAreDeclined() {
        // given
        float[] equal = new float[4 * 27];
        Arrays.fill(equal, 0.5f);
        float[] columns = new float[2 * 4 * 9];
        Arrays.fill(columns, 0.25f);
        OnnxModel model = Networks.input(-1, 3, 6, 6)
                .weight("w", Tensor.ofFloats(equal, 4, 3, 3, 3))
                .weight("v", Tensor.ofFloats(columns, 2, 4, 3, 3))
                .node("Conv", "a", "x", "w")
                .node("Conv", "y", "a", "v")
                .output("y", -1, 2, 2, 2);

        // when
        PruningPlan plan = PruningPlan.of(model, new PruningPlan.Grid(Criterion.L1, Alignment.NONE, 4), 1);

        // then
        assertThat(plan.groups()).isEmpty();
        assertThat(plan.declined().get("a")).contains("alike", "l1");
    }

    @Test
    void groupWithANumberThatIsNoneIsDeclinedAndTheOthersAreNot() {
        for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
            // given
            OnnxModel model = halfNormalised();
            float[] weight = model.graph().initializer("a.weight1").floats();
            weight[3] = value;
            model.graph().setInitializer("a.weight1", Tensor.ofFloats(weight, 4, 3, 3, 3));

            // when
            PruningPlan plan = PruningPlan.of(model, new PruningPlan.Grid(Criterion.L2, Alignment.NONE, 4), 1);

            // then
            assertThat(plan.groups()).extracting(group -> group.group().id()).containsExactly("b");
            assertThat(plan.declined().get("a")).isEqualTo("its weight a.weight1 holds " + value);
        }
    }

    @Test
    void randomIsTheSameForTheSameSeed() {
        // given
        OnnxModel model = network();

        // when, then
        assertThat(Criterion.RANDOM.scores(model, group(model), 5))
                .isEqualTo(Criterion.RANDOM.scores(model, group(model), 5))
                .isNotEqualTo(Criterion.RANDOM.scores(model, group(model), 6));
    }

    @Test
    void whatJobsCanNameIsThere() {
        assertThat(PruningCriterion.values()).extracting(Criterion::of).containsExactly(Criterion.values());
    }

    private static int smallest(double[] values) {
        int at = 0;
        for (int i = 1; i < values.length; i++) {
            at = values[i] < values[at] ? i : at;
        }
        return at;
    }
}
