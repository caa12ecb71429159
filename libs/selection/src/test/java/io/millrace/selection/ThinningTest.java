package io.millrace.selection;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ThinningTest {
    private static final List<Integer> OPTIONS = List.of(9, 8, 7, 6, 5, 4, 3, 2, 1);

    @Test
    void bothEndsStay() {
        assertThat(Thinning.toAtMost(3, OPTIONS)).containsExactly(9, 5, 1);
        assertThat(Thinning.toAtMost(2, OPTIONS)).containsExactly(9, 1);
        for (int most = 2; most < 9; most++) {
            assertThat(Thinning.toAtMost(most, OPTIONS))
                    .hasSize(most)
                    .doesNotHaveDuplicates()
                    .startsWith(9)
                    .endsWith(1);
        }
    }

    @Test
    void theHarshestDecidesWhatIsWithinReach() {
        assertThat(Thinning.toAtMost(1, OPTIONS)).containsExactly(1);
    }

    @Test
    void fewOptionsAllStay() {
        assertThat(Thinning.toAtMost(9, OPTIONS)).isEqualTo(OPTIONS);
        assertThat(Thinning.toAtMost(5, List.of())).isEmpty();
    }
}
