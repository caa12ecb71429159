package io.millrace.svd.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.onnx.cost.Alignment;
import io.millrace.svd.layer.Single;
import io.millrace.svd.lowrank.Pair;
import io.millrace.svd.spatial.SpatialSvd;
import java.util.List;
import org.junit.jupiter.api.Test;

class RankGridTest {

    private static Pair layer(int positions, long... weight) {
        return SpatialSvd.pair(Single.convolution(positions, 1, weight));
    }

    @Test
    void ranksOfAWideLayerAreMultiplesOf16() {
        // given 64 -> 64, 3x3: rank 96 costs as much as the layer
        RankGrid grid = new RankGrid(10, Alignment.RUNTIME);

        // when
        List<Integer> ranks = grid.ranks(layer(14, 64, 64, 3, 3));

        // then
        assertThat(ranks).containsExactly(80, 64, 48, 32, 16);
    }

    @Test
    void layerWithoutRoomIsLeftAloneWithAReason() {
        // given 1 -> 32, 5x5
        RankGrid grid = new RankGrid(10, Alignment.RUNTIME);
        Pair layer = layer(28, 16, 1, 3, 3);

        // when, then
        assertThat(grid.ranks(layer)).isEmpty();
        assertThat(grid.obstacle()).contains("time");
        assertThat(new RankGrid(10, Alignment.NONE).ranks(layer)).isNotEmpty().allMatch(rank -> rank <= 2);
    }

    @Test
    void aSplitThatWouldInflateTheLayerIsNeverACandidate() {
        // given 1x1 kernels, where only low ranks save anything
        Pair layer = layer(10, 8, 8, 1, 1);

        // when
        List<Integer> ranks = new RankGrid(10, Alignment.NONE).ranks(layer);

        // then
        assertThat(ranks)
                .allMatch(rank -> layer.macs(rank) < layer.layer().macs())
                .doesNotContain(4);
    }

    @Test
    void anyRankWillDoWithoutAlignment() {
        // given layer1.0.conv1 and layer2.1.conv2 of ResNet-18; the latter at 0.4 has rank 76
        Pair layer = layer(28, 128, 128, 3, 3);

        // when, then
        assertThat(new RankGrid(10, Alignment.NONE).ranks(layer)).contains(76).hasSize(9);
        assertThat(new RankGrid(10, new Alignment(8)).ranks(layer)).contains(80).doesNotContain(76);
        assertThat(new RankGrid(10, new Alignment(8)).ranks(layer)).allMatch(rank -> rank % 8 == 0);
    }

    @Test
    void ratiosThatAreNoDecimalNumbersAreExact() {
        // given a third of the cost is rank 2 exactly, where 0.333... of it would be rank 1
        Pair layer = layer(10, 12, 12, 1, 1);

        // when, then
        assertThat(new RankGrid(3, Alignment.NONE).ranks(layer)).containsExactly(4, 2);
    }

    @Test
    void manyStepsAreThinnedToTheNumberOfCandidates() {
        // given
        Pair layer = layer(14, 256, 256, 3, 3);
        List<Integer> all = new RankGrid(1000, Alignment.RUNTIME).ranks(layer);

        // when
        List<Integer> ranks = new RankGrid(4, Alignment.RUNTIME).ranks(layer);

        // then
        assertThat(ranks)
                .hasSize(4)
                .startsWith(all.get(0))
                .endsWith(all.get(all.size() - 1))
                .isSortedAccordingTo((a, b) -> b - a)
                .allMatch(rank -> rank % 16 == 0);
    }

    @Test
    void badSettingsAreRefused() {
        assertThatThrownBy(() -> new RankGrid(0, Alignment.NONE)).hasMessageContaining("candidates");
        assertThatThrownBy(() -> Alignment.parse("fast")).hasMessageContaining("align");
    }
}
