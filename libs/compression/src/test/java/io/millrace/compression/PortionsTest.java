package io.millrace.compression;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.selection.NetworkPart;
import io.millrace.selection.PartOption;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PortionsTest {

    /** As of a chain of layers: what is behind a layer runs for each of its options. */
    private static List<NetworkPart> chain(int layers, double macs) {
        return IntStream.range(0, layers)
                .mapToObj(i -> new NetworkPart(
                        "key " + i, "layer " + i, "Conv", List.of(PartOption.ofRatio(0.5)), macs * (layers - i)))
                .toList();
    }

    private static double work(List<NetworkPart> portion) {
        return portion.stream().mapToDouble(NetworkPart::work).sum();
    }

    @Test
    void portionsAreOfAboutEqualWork() {
        // given layers of which the first is 16 times as much work as the last
        List<NetworkPart> parts = chain(16, 1e8);

        // when
        List<List<NetworkPart>> portions = Portions.of(parts, 16);

        // then
        double mean = work(parts) / portions.size();
        assertThat(portions).hasSize(4);
        assertThat(portions).allSatisfy(portion -> assertThat(work(portion)).isBetween(0.95 * mean, 1.05 * mean));
        assertThat(portions.stream().flatMap(List::stream)).containsExactlyInAnyOrderElementsOf(parts);
        assertThat(portions).allSatisfy(portion -> assertThat(portion)
                .isSortedAccordingTo((a, b) -> Integer.compare(parts.indexOf(a), parts.indexOf(b))));
    }

    @Test
    void moreWorkIsMorePortionsUpToABound() {
        assertThat(Portions.of(chain(60, 1e8), 8)).hasSize(15);
        assertThat(Portions.of(chain(60, 1e12), 2000)).hasSize(32);
        assertThat(Portions.of(chain(2, 1e12), 2000)).hasSize(2);
    }
}
