package io.millrace.selection;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.selection.Allocation.Curve;
import io.millrace.selection.Allocation.Selection;
import io.millrace.selection.Allocation.Strategy;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DescentTest {
    private static final int PARTS = 8;
    private static final int OPTIONS = 5;

    /** A network whose losses do not add up: what one part has lost makes others more delicate, or no longer matter. */
    private static final class Coupled implements Descent.Network {
        private final double[] own = new double[PARTS];
        private final double[][] coupling = new double[PARTS][PARTS];
        int measured;

        Coupled(Random random) {
            for (int a = 0; a < PARTS; a++) {
                own[a] = 0.02 + 0.2 * random.nextDouble();
                for (int b = a + 1; b < PARTS; b++) {
                    coupling[a][b] = random.nextInt(3) == 0 ? random.nextDouble() : 0;
                }
            }
        }

        double loss(int[] options) {
            double loss = 0;
            for (int a = 0; a < PARTS; a++) {
                loss += own[a] * options[a] * options[a];
                for (int b = a + 1; b < PARTS; b++) {
                    loss += coupling[a][b] * options[a] * options[b];
                }
            }
            return loss;
        }

        @Override
        public List<Curve> measure(int[] options) {
            measured++;
            List<Curve> curves = new ArrayList<>();
            for (int part = 0; part < PARTS; part++) {
                double[] losses = new double[OPTIONS - options[part]];
                for (int step = 0; step < losses.length; step++) {
                    losses[step] = loss(Parts.with(options, part, options[part] + step)) - loss(options);
                }
                curves.add(new Curve("part " + part, losses));
            }
            return curves;
        }
    }

    private static final NetworkCost COST = NetworkCost.sum(Cost.of(Measure.MACS, PARTS * 100), changes());

    private static List<List<Cost>> changes() {
        List<List<Cost>> changes = new ArrayList<>();
        for (int part = 0; part < PARTS; part++) {
            List<Cost> saved = new ArrayList<>();
            for (int option = 1; option < OPTIONS; option++) {
                saved.add(Cost.of(Measure.MACS, -20L * option));
            }
            changes.add(saved);
        }
        return changes;
    }

    @Test
    void measuringOnTheWayDownLosesLessThanAddingUpWhatWasMeasuredAtTheTop() {
        Random random = new Random(7);
        double once = 0;
        double onTheWay = 0;
        for (int round = 0; round < 100; round++) {
            // given
            Coupled network = new Coupled(random);
            Budget half = Budget.of(new Target(new BigDecimal("0.5"), PARTS * 100));

            // when
            Selection single = new Descent(COST, 1).choose(PARTS, Strategy.LAGRANGE, half, network);
            Selection several = new Descent(COST, 5).choose(PARTS, Strategy.LAGRANGE, half, network);

            // then
            assertThat(half.metBy(several.cost())).isTrue();
            assertThat(COST.of(several.options())).isEqualTo(several.cost());
            once += network.loss(single.options());
            onTheWay += network.loss(several.options());
            assertThat(network.measured).isEqualTo(6);
        }
        assertThat(onTheWay).isLessThan(0.8 * once);
    }

    @Test
    void oneRoundIsTheAllocation() {
        // given
        Coupled network = new Coupled(new Random(8));
        Budget budget = Budget.of(new Target(new BigDecimal("0.6"), PARTS * 100));

        // when
        Selection descended = new Descent(COST, 1).choose(PARTS, Strategy.GREEDY, budget, network);

        // then
        assertThat(descended.options())
                .isEqualTo(new Allocation(network.measure(new int[PARTS]), COST)
                        .choose(Strategy.GREEDY, budget)
                        .options());
    }

    @Test
    void whatIsSmallEnoughAlreadyStays() {
        // given
        Coupled network = new Coupled(new Random(9));
        Budget all = Budget.of(new Target(BigDecimal.ONE, PARTS * 100));

        // when
        Selection selection = new Descent(COST, 5).choose(PARTS, Strategy.LAGRANGE, all, network);

        // then
        assertThat(selection.options()).containsOnly(0);
        assertThat(network.measured).isEqualTo(1);
    }
}
