package io.millrace.selection;

import io.millrace.selection.Allocation.Curve;
import io.millrace.selection.Allocation.Selection;
import io.millrace.selection.Allocation.Strategy;
import java.util.Arrays;
import java.util.List;

/**
 * Goes down to the targets in several rounds: each takes the steps that promise to lose least, the network as it then is
 * is measured again, and the next round goes on from there. Losses of several parts do not add up; a part that the
 * earlier steps have made delicate is so spared, and one that no longer matters goes first.
 */
public final class Descent {
    private final NetworkCost cost;
    private final int rounds;

    /** The network on its way down. */
    public interface Network {
        /**
         * What further steps cost.
         *
         * @param options of each part, as the network is now
         * @return by part: the losses of its options from the present one on, whose own is 0
         */
        List<Curve> measure(int[] options);
    }

    /** @param rounds at least 1; with one round this is {@link Allocation} */
    public Descent(NetworkCost cost, int rounds) {
        if (rounds < 1) {
            throw new IllegalArgumentException("rounds must be at least 1, not " + rounds);
        }
        this.cost = cost;
        this.rounds = rounds;
    }

    /** @param parts how many the network has */
    public Selection choose(int parts, Strategy strategy, Budget budget, Network network) {
        int[] at = new int[parts];
        double lost = 0;
        Selection last = null;
        for (int round = 1; round <= rounds; round++) {
            int[] from = at;
            Allocation allocation = new Allocation(network.measure(from.clone()), onwards(from));
            Cost now = cost.of(from);
            last = round == rounds || budget.use(now) <= 1
                    ? allocation.choose(strategy, budget)
                    : allocation.within(strategy, budget, partOfTheWay(now, budget, rounds - round + 1));
            at = sum(from, last.options());
            lost += last.loss();
            if (Arrays.equals(at, from) && budget.use(now) <= 1) {
                break;
            }
        }
        return new Selection(at, last.cost(), lost, last.next());
    }

    /** An equal share of what still has to go, by every measure. */
    private static Limits partOfTheWay(Cost now, Budget budget, int roundsLeft) {
        Limits end = budget.limits(false);
        long[] most = new long[end.count()];
        Arrays.setAll(most, i -> {
            long amount = end.amount(now, i);
            return amount <= end.most()[i] ? end.most()[i] : amount - (amount - end.most()[i]) / roundsLeft;
        });
        return new Limits(end.measures(), most);
    }

    private NetworkCost onwards(int[] from) {
        return new NetworkCost() {
            @Override
            public Cost of(int[] steps) {
                return cost.of(sum(from, steps));
            }

            @Override
            public boolean addsUp() {
                return cost.addsUp();
            }
        };
    }

    private static int[] sum(int[] a, int[] b) {
        int[] sum = new int[a.length];
        Arrays.setAll(sum, i -> a[i] + b[i]);
        return sum;
    }
}
