package io.millrace.inference.sensitivity;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.inference.sensitivity.Allocation.Curve;
import io.millrace.inference.sensitivity.Allocation.Selection;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class AllocationTest {

    /** Two layers of cost 100, options 100, 80, 50, 20. */
    private static final long[] COSTS = {100, 80, 50, 20};

    private static long cost(int[] options) {
        long sum = 0;
        for (int option : options) {
            sum += COSTS[option];
        }
        return sum;
    }

    private static final List<Curve> CURVES = List.of(
            new Curve("robust", new double[] {0, 0.1, 0.2, 0.3}), new Curve("delicate", new double[] {0, 1, 2, 4}));

    @Test
    void greedyTakesEachLayerDownToOneThreshold() {
        // given a budget that the robust layer's harshest option and the other as it is just meet
        Allocation allocation = new Allocation(CURVES, AllocationTest::cost);

        // when
        Selection selection = allocation.greedy(120);

        // then
        assertThat(selection.options()).containsExactly(3, 0);
        assertThat(selection.reached()).isTrue();
        assertThat(selection.cost()).isEqualTo(120);
    }

    @Test
    void greedyTakesAnOptionWhoseLossTiesWithTheHighest() {
        // given the only way to meet the budget is the option of the very largest loss
        Allocation allocation = new Allocation(CURVES, AllocationTest::cost);

        // when
        Selection selection = allocation.greedy(40);

        // then it is taken, where a search that stops short of the extreme would leave the layer as it is
        assertThat(selection.options()).containsExactly(3, 3);
        assertThat(selection.reached()).isTrue();
    }

    @Test
    void greedyStopsAtTheFirstOptionAboveTheThreshold() {
        // given a curve that falls again after a bad option
        Allocation allocation = new Allocation(
                List.of(new Curve("bumpy", new double[] {0, 0.5, 9, 0.6}), CURVES.get(0)), AllocationTest::cost);

        // when
        Selection selection = allocation.greedy(100);

        // then
        assertThat(selection.options()).containsExactly(1, 3);
    }

    @Test
    void targetOutOfReachIsReportedWithTheCheapestNetwork() {
        // given
        Allocation allocation = new Allocation(CURVES, AllocationTest::cost);

        // when
        Selection greedy = allocation.greedy(39);
        Selection lagrange = allocation.lagrange(39);

        // then
        assertThat(List.of(greedy, lagrange)).allSatisfy(selection -> {
            assertThat(selection.reached()).isFalse();
            assertThat(selection.options()).containsExactly(3, 3);
        });
    }

    @Test
    void lagrangeIsNearTheBestOfAllCombinations() {
        // given random convex curves
        Random random = new Random(5);
        for (int round = 0; round < 50; round++) {
            List<Curve> curves = new ArrayList<>();
            for (int part = 0; part < 4; part++) {
                double scale = random.nextDouble();
                curves.add(new Curve("layer " + part, new double[] {0, 0.2 * scale, 0.6 * scale, 1.5 * scale}));
            }
            long budget = 120 + random.nextInt(250);

            // when
            Selection selection = new Allocation(curves, AllocationTest::cost).lagrange(budget);

            // then
            assertThat(selection.cost()).isLessThanOrEqualTo(budget);
            assertThat(selection.loss()).isLessThanOrEqualTo(bestLoss(curves, budget) * 1.5 + 1e-9);
        }
    }

    private static double bestLoss(List<Curve> curves, long budget) {
        double best = Double.POSITIVE_INFINITY;
        for (int code = 0; code < 256; code++) {
            int[] options = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6};
            if (cost(options) <= budget) {
                double loss = 0;
                for (int part = 0; part < 4; part++) {
                    loss += curves.get(part).losses()[options[part]];
                }
                best = Math.min(best, loss);
            }
        }
        return best;
    }

    @Test
    void withoutPartsTheNetworkStaysAsItIs() {
        // given
        Allocation allocation = new Allocation(List.of(), options -> 10);

        // when
        Selection selection = allocation.greedy(5);

        // then
        assertThat(selection.reached()).isFalse();
        assertThat(allocation.lagrange(10).reached()).isTrue();
    }
}
