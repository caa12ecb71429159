package io.millrace.selection;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.selection.Allocation.Curve;
import io.millrace.selection.Allocation.Selection;
import io.millrace.selection.Allocation.Strategy;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Selections by least loss against all combinations of options there are. */
class LeastLossTest {
    private static final int PARTS = 5;
    private static final int OPTIONS = 4;

    /** A random network of a few parts, and all its combinations. */
    private static final class Network {
        final List<Curve> curves = new ArrayList<>();
        final List<List<Cost>> changes = new ArrayList<>();
        final Cost now;

        Network(Random random) {
            long macs = 0;
            long parameters = 0;
            long time = 0;
            for (int part = 0; part < PARTS; part++) {
                int size = 50 + random.nextInt(1000);
                double[] losses = new double[OPTIONS];
                List<Cost> saved = new ArrayList<>();
                for (int option = 1; option < OPTIONS; option++) {
                    losses[option] = losses[option - 1] + random.nextDouble() * random.nextDouble();
                    // Parameters and time follow MACs loosely; time may even rise.
                    saved.add(Cost.of(Measure.MACS, -(long) size * option / OPTIONS)
                            .with(Measure.PARAMETERS, -(long) size * option / (3 + random.nextInt(6)))
                            .with(Measure.TIME, -(long) size * (option - random.nextInt(3)) / 5));
                }
                curves.add(new Curve("part " + part, losses));
                changes.add(saved);
                macs += size;
                parameters += size;
                time += size;
            }
            now = Cost.of(Measure.MACS, macs)
                    .with(Measure.PARAMETERS, parameters)
                    .with(Measure.TIME, time);
        }

        NetworkCost cost() {
            return NetworkCost.sum(now, changes);
        }

        /** The same costs, of which nobody knows that they add up. */
        NetworkCost opaque() {
            NetworkCost cost = cost();
            return cost::of;
        }

        double loss(int[] options) {
            double loss = 0;
            for (int part = 0; part < PARTS; part++) {
                loss += curves.get(part).losses()[options[part]];
            }
            return loss;
        }

        /** The combination of least loss among those allowed; {@code null} if none is. */
        int[] best(Predicate<Cost> allowed) {
            int[] best = null;
            for (int code = 0; code < Math.pow(OPTIONS, PARTS); code++) {
                int[] options = new int[PARTS];
                for (int part = 0, rest = code; part < PARTS; part++, rest /= OPTIONS) {
                    options[part] = rest % OPTIONS;
                }
                if (allowed.test(cost().of(options)) && (best == null || loss(options) < loss(best))) {
                    best = options;
                }
            }
            return best;
        }

        Budget budget(Random random, Measure... measures) {
            return new Budget(Arrays.stream(measures)
                    .map(measure -> new Target(
                            measure,
                            measure == Measure.TIME
                                    ? BigDecimal.valueOf(100 + random.nextInt(70), 2)
                                    : BigDecimal.valueOf(40 + random.nextInt(55), 2),
                            now.of(measure)))
                    .toList());
        }
    }

    private static final List<Measure[]> MEASURES = List.of(
            new Measure[] {Measure.MACS},
            new Measure[] {Measure.TIME},
            new Measure[] {Measure.MACS, Measure.TIME},
            new Measure[] {Measure.MACS, Measure.PARAMETERS, Measure.TIME});

    @Test
    void dynamicProgrammeFindsTheBestUnderAnyBudgets() {
        Random random = new Random(1);
        int found = 0;
        for (int round = 0; round < 200; round++) {
            // given
            Network network = new Network(random);
            Limits limits = network.budget(random, MEASURES.get(round % MEASURES.size()))
                    .limits(false);

            // when
            int[] selected = new DynamicProgramme(Parts.of(network.curves, network.cost())).select(limits);

            // then
            int[] best = network.best(limits::hold);
            if (best == null) {
                assertThat(selected).isNull();
            } else {
                found++;
                assertThat(limits.hold(network.cost().of(selected))).isTrue();
                assertThat(network.loss(selected)).isLessThanOrEqualTo(network.loss(best) + 1e-12);
            }
        }
        assertThat(found).isGreaterThan(150);
    }

    @Test
    void multiplierFindsTheBestInNineteenCasesOfTwentyWhereCostsNeedNotAddUp() {
        Random random = new Random(2);
        int solvable = 0;
        int optimal = 0;
        int missed = 0;
        for (int round = 0; round < 400; round++) {
            // given
            Network network = new Network(random);
            Limits limits = network.budget(random, MEASURES.get(round % MEASURES.size()))
                    .limits(false);

            // when
            int[] selected = new Multiplier(Parts.of(network.curves, network.opaque())).select(limits);

            // then
            int[] best = network.best(limits::hold);
            if (best != null) {
                solvable++;
                boolean holds = limits.hold(network.cost().of(selected));
                missed += holds ? 0 : 1;
                optimal += holds && network.loss(selected) <= network.loss(best) + 1e-12 ? 1 : 0;
            }
        }
        assertThat(solvable).isGreaterThan(300);
        assertThat(optimal).isGreaterThan(solvable * 95 / 100);
        assertThat(missed).isLessThan(solvable * 2 / 100);
    }

    @Test
    void networkAtTheTargetIsNotPassedOverForOneThatLosesMore() {
        // given a coarse part that saves most for its loss, and fine ones that meet the target together
        List<Curve> curves = List.of(
                new Curve("coarse", new double[] {0, 0.5}),
                new Curve("fine a", new double[] {0, 0.11}),
                new Curve("fine b", new double[] {0, 0.11}),
                new Curve("fine c", new double[] {0, 0.11}));
        List<List<Cost>> changes = List.of(
                List.of(Cost.of(Measure.MACS, -500)),
                List.of(Cost.of(Measure.MACS, -85)),
                List.of(Cost.of(Measure.MACS, -85)),
                List.of(Cost.of(Measure.MACS, -85)));
        NetworkCost cost = NetworkCost.sum(Cost.of(Measure.MACS, 1000), changes);
        Budget budget = Budget.of(new Target(new BigDecimal("0.75"), 1000));

        // when, then: the step of the coarse part has the better price, but goes down to 0.5
        for (NetworkCost known : List.of(cost, (NetworkCost) cost::of)) {
            Selection selection = new Allocation(curves, known).choose(Strategy.LAGRANGE, budget);
            assertThat(selection.options()).containsExactly(0, 1, 1, 1);
            assertThat(budget.metBy(selection.cost())).isTrue();
        }
    }

    @Test
    void whatMissesTheTargetLosesLessThanAllThatMeetIt() {
        Random random = new Random(3);
        for (int round = 0; round < 200; round++) {
            // given
            Network network = new Network(random);
            Budget budget = network.budget(random, Measure.MACS);

            // when
            Selection selection = new Allocation(network.curves, network.cost()).choose(Strategy.LAGRANGE, budget);

            // then
            int[] met = network.best(budget::metBy);
            if (met != null) {
                assertThat(budget.reachedBy(selection.cost())).isTrue();
                assertThat(budget.metBy(selection.cost()) || selection.loss() <= network.loss(met) + 1e-12)
                        .isTrue();
            }
        }
    }

    @Test
    void gridKeepsManyStatesBounded() {
        // given 40 parts with ten options each, under two budgets
        Random random = new Random(4);
        List<Curve> curves = new ArrayList<>();
        List<List<Cost>> changes = new ArrayList<>();
        long macs = 0;
        for (int part = 0; part < 40; part++) {
            int size = 100_000 + random.nextInt(10_000_000);
            double scale = random.nextDouble();
            double[] losses = new double[10];
            List<Cost> saved = new ArrayList<>();
            for (int option = 1; option < 10; option++) {
                losses[option] = scale * option * option;
                saved.add(Cost.of(Measure.MACS, -(long) size * option / 10)
                        .with(Measure.TIME, -(long) (size * option / 10 * random.nextDouble())));
            }
            curves.add(new Curve("part " + part, losses));
            changes.add(saved);
            macs += size;
        }
        Cost now = Cost.of(Measure.MACS, macs).with(Measure.TIME, macs);
        NetworkCost cost = NetworkCost.sum(now, changes);
        Budget budget = Budget.of(
                new Target(Measure.MACS, new BigDecimal("0.6"), macs),
                new Target(Measure.TIME, new BigDecimal("1.3"), macs));

        // when
        Parts parts = Parts.of(curves, cost);
        int[] onGrid = new DynamicProgramme(parts).select(budget.limits(false));
        int[] multiplied = new Multiplier(Parts.of(curves, cost::of)).select(budget.limits(false));
        Selection chosen = new Allocation(curves, cost).choose(Strategy.LAGRANGE, budget);

        // then
        assertThat(budget.reachedBy(chosen.cost())).isTrue();
        assertThat(budget.reachedBy(cost.of(onGrid))).isTrue();
        assertThat(parts.loss(onGrid)).isLessThan(1.1 * parts.loss(multiplied));
        assertThat(chosen.loss()).isLessThanOrEqualTo(Math.min(parts.loss(onGrid), parts.loss(multiplied)));
    }

    @Test
    void timeDecidesBetweenSelectionsThatLoseTheSame() {
        // given two parts alike in all but the time that their options save
        List<Curve> curves =
                List.of(new Curve("slow", new double[] {0, 0.3}), new Curve("fast", new double[] {0, 0.301}));
        List<List<Cost>> changes = List.of(
                List.of(Cost.of(Measure.MACS, -500).with(Measure.TIME, -10)),
                List.of(Cost.of(Measure.MACS, -500).with(Measure.TIME, -400)));
        Cost now = Cost.of(Measure.MACS, 1000).with(Measure.TIME, 1000);
        Budget half = Budget.of(new Target(new BigDecimal("0.5"), 1000));

        // when, then
        assertThat(new Allocation(curves, NetworkCost.sum(now, changes))
                        .choose(Strategy.LAGRANGE, half)
                        .options())
                .containsExactly(0, 1);
        Cost untimed = Cost.of(Measure.MACS, 1000);
        assertThat(new Allocation(curves, NetworkCost.sum(untimed, changes))
                        .choose(Strategy.LAGRANGE, half)
                        .options())
                .containsExactly(1, 0);
    }

    @Test
    void targetOfTimeIsSaidAsSpeed() {
        // given
        Budget budget = Budget.of(new Target(Measure.TIME, new BigDecimal("2"), 1000));

        // when, then
        assertThat(budget.metBy(Cost.of(Measure.TIME, 505))).isTrue();
        assertThat(budget.missedBy(Cost.of(Measure.TIME, 800), null))
                .hasValue("speed-up 2 is out of reach: this model is at 1.250, with each part at the smallest that was"
                        + " tried");
    }
}
