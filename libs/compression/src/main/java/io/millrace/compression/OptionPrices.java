package io.millrace.compression;

import io.millrace.onnx.OnnxModel;
import io.millrace.selection.Cost;
import io.millrace.selection.Measure;
import io.millrace.selection.NetworkCost;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * What options cost by a measure that a method does not know itself, told from each option applied alone. A network's cost
 * is the sum over its pieces (stored tensors, steps of a run), known by name. Where several parts change a piece, as the
 * two groups of channels that a convolution reads and makes, their shares of it are multiplied; what is new adds up.
 */
final class OptionPrices implements NetworkCost {
    private final NetworkCost known;
    private final Measure measure;
    private final Map<String, Double> now;
    private final double whole;
    private final List<List<Price>> prices = new ArrayList<>();
    private final boolean addsUp;

    /**
     * @param shares what is left of those pieces of the network that change
     * @param added cost of pieces that are new
     */
    private record Price(Map<String, Double> shares, double added) {}

    /**
     * @param known what the method knows
     * @param pieces of a model, by name: what each costs
     * @param afterOption called after each option; what it throws ends the work
     */
    OptionPrices(
            CompressionPlan plan,
            NetworkCost known,
            Measure measure,
            Function<OnnxModel, Map<String, Double>> pieces,
            Runnable afterOption) {
        this.known = known;
        this.measure = measure;
        int parts = plan.parts().size();
        this.now = pieces.apply(plan.apply(new int[parts]));
        this.whole = now.values().stream().mapToDouble(Double::doubleValue).sum();
        Set<String> changed = new HashSet<>();
        boolean apart = true;
        for (int part = 0; part < parts; part++) {
            List<Price> own = new ArrayList<>();
            Set<String> touched = new HashSet<>();
            for (int option = 1; option <= plan.parts().get(part).options().size(); option++) {
                int[] options = new int[parts];
                options[part] = option;
                Price price = price(pieces.apply(plan.apply(options)));
                own.add(price);
                touched.addAll(price.shares.keySet());
                afterOption.run();
            }
            prices.add(own);
            apart &= touched.stream().allMatch(changed::add);
        }
        this.addsUp = apart && known.addsUp();
    }

    private Price price(Map<String, Double> then) {
        Map<String, Double> shares = new HashMap<>();
        now.forEach((piece, cost) -> {
            double left = then.getOrDefault(piece, 0.0);
            if (cost > 0 && left != cost) {
                shares.put(piece, left / cost);
            }
        });
        double added = then.entrySet().stream()
                .filter(piece -> now.getOrDefault(piece.getKey(), 0.0) == 0)
                .mapToDouble(Map.Entry::getValue)
                .sum();
        return new Price(shares, added);
    }

    @Override
    public Cost of(int[] options) {
        Map<String, Double> left = new HashMap<>();
        double amount = whole;
        for (int part = 0; part < options.length; part++) {
            if (options[part] > 0) {
                Price price = prices.get(part).get(options[part] - 1);
                amount += price.added;
                price.shares.forEach((piece, share) -> left.merge(piece, share, (a, b) -> a * b));
            }
        }
        for (Map.Entry<String, Double> piece : left.entrySet()) {
            amount += now.get(piece.getKey()) * (piece.getValue() - 1);
        }
        return known.of(options).with(measure, Math.round(amount));
    }

    @Override
    public boolean addsUp() {
        return addsUp;
    }
}
