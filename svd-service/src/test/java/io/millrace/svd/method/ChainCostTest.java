package io.millrace.svd.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Single;
import io.millrace.svd.lowrank.Pair;
import io.millrace.svd.spatial.SpatialSvd;
import io.millrace.svd.weight.WeightSvd;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;

/** Costs and ranks that are published for AIMET's spatial and weight SVD, or follow from their formulas in rationals. */
class ChainCostTest {
    private static final BigDecimal HALF = new BigDecimal("0.5");

    @Test
    void ranksAndCostsOfSpatialSvdAreTheKnownOnes() {
        // given the layers of a small network: 5x5 convolutions 1 -> 32 on 28x28 and 32 -> 64 on 14x14, 3136 -> 1024 ->
        // 10
        Pair first = spatial(28, 1, 32, 1, 5, 5);
        Pair second = spatial(14, 1, 64, 32, 5, 5);
        Pair wide = SpatialSvd.pair(Single.matrix(3136, 1024));
        Pair last = SpatialSvd.pair(Single.matrix(1024, 10));

        // when, then
        assertThat(first.layer().macs()).isEqualTo(627_200);
        assertThat(second.layer().macs()).isEqualTo(10_035_200);
        assertThat(first.rankFor(HALF, 1)).isEqualTo(2);
        assertThat(second.rankFor(HALF, 1)).isEqualTo(53);
        assertThat(wide.rankFor(HALF, 1)).isEqualTo(385);
        assertThat(last.rankFor(HALF, 1)).isEqualTo(4);
        assertThat(first.macs(2) + second.macs(53)).isEqualTo(5_244_960);
        assertThat(5_244_960 + wide.macs(385) + last.macs(4)).isEqualTo(6_850_696);
        assertThat(second.maxRank()).isEqualTo(160);
        // with stride 2 the vertical layer still runs at full width
        assertThat(spatial(14, 2, 64, 32, 5, 5).macs(40)).isEqualTo(40L * 5 * (32 * 392 + 64 * 196));
    }

    @Test
    void rankOfWeightSvdIsTheKnownOne() {
        // given 32 -> 64 5x5 on 14x14, reduced before its kernel
        Layer layer = Single.convolution(14, 1, 64, 32, 5, 5);
        Pair pair = WeightSvd.pair(layer, false);

        // when, then
        assertThat(pair.rankFor(HALF, 1)).isEqualTo(15);
        assertThat(pair.macs(15)).isEqualTo(15L * 196 * (32 + 64 * 25));
        assertThat(pair.maxRank()).isEqualTo(32);
        assertThat(WeightSvd.pair(layer, true).maxRank()).isEqualTo(64);
    }

    @Test
    void ranksOfResNet18AreTheKnownOnes() {
        assertThat(spatial(56, 1, 64, 64, 3, 3).rankFor(HALF, 1)).isEqualTo(48);
        assertThat(spatial(28, 1, 128, 128, 3, 3).rankFor(new BigDecimal("0.4"), 1))
                .isEqualTo(76);
    }

    @Test
    void rankForARatioIsExactWhereBinaryFractionsAreNot() {
        // given largest r with r (m kh sw + n kw) Ho Wo <= ratio m n kh kw Ho Wo, worked out in rationals
        Pair wide = spatial(28, 1, 128, 128, 3, 3);
        Pair narrow = spatial(10, 1, 8, 64, 3, 3);
        Pair strided = spatial(7, 2, 64, 32, 5, 5);

        // when, then
        assertThat(wide.rankFor(new BigDecimal("0.1"), 1)).isEqualTo(19);
        assertThat(wide.macs(19)).isEqualTo(11_440_128);
        assertThat(narrow.rankFor(new BigDecimal("0.9"), 1)).isEqualTo(19);
        assertThat(narrow.macs(19)).isEqualTo(410_400);
        assertThat(strided.rankFor(HALF, 1)).isEqualTo(40);
        assertThat(strided.macs(40)).isEqualTo(1_254_400);
    }

    @Test
    void maximumRankIsTheSmallerSideOfTheMatrix() {
        assertThat(spatial(1, 1, 3, 16, 5, 3).maxRank()).isEqualTo(9);
        assertThat(spatial(1, 1, 16, 3, 5, 3).maxRank()).isEqualTo(15);
        assertThatThrownBy(() -> spatial(3, 1, 4, 4, 3, 3).requireRank(13)).hasMessageContaining("1..12");
    }

    private static Pair spatial(int size, int stride, long... weight) {
        return SpatialSvd.pair(Single.convolution(size, stride, weight));
    }
}
