package io.millrace.pruning;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.ChannelGroups;
import io.millrace.onnx.cost.Alignment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * What there is to prune in a model: its groups of channels, for each the counts to try, and which channels go first.
 *
 * @param groups with something to try, in execution order
 * @param declined reason by layer or group
 */
record PruningPlan(List<PrunableGroup> groups, Map<String, String> declined) {

    /**
     * A group and what may be taken from it.
     *
     * @param key tells it from all others of the model, the same in every process
     * @param options units to remove, from the mildest to the harshest; each holds the one before
     */
    record PrunableGroup(String key, ChannelGroup group, List<int[]> options) {
        /** Share of the units that an option leaves. */
        double ratio(int option) {
            return 1 - (double) options.get(option).length / group.size();
        }
    }

    static PruningPlan of(OnnxModel model, PruningParameters parameters, long seed) {
        ChannelGroups found = ChannelGroups.of(model);
        Map<String, String> declined = new LinkedHashMap<>(found.declined());
        List<PrunableGroup> groups = new ArrayList<>();
        for (int i = 0; i < found.groups().size(); i++) {
            ChannelGroup group = found.groups().get(i);
            double[] scores = Criterion.named(parameters.criterion()).scores(model, group, seed);
            List<int[]> options = options(group, scores, parameters);
            if (options.isEmpty()) {
                declined.putIfAbsent(
                        group.id(),
                        "its %d channels leave no smaller count with align %s"
                                .formatted(group.size(), parameters.align()));
            } else {
                groups.add(new PrunableGroup(i + " " + group.id(), group, options));
            }
        }
        return new PruningPlan(groups, declined);
    }

    /** Units to remove for each count worth trying; from every block the same number, the least important first. */
    private static List<int[]> options(ChannelGroup group, double[] scores, PruningParameters parameters) {
        List<int[]> order = Arrays.stream(group.blocks())
                .map(block -> Arrays.stream(block)
                        .boxed()
                        .sorted(Comparator.comparingDouble(unit -> scores[unit]))
                        .mapToInt(Integer::intValue)
                        .toArray())
                .toList();
        int perBlock = order.stream().mapToInt(block -> block.length).min().orElse(0);
        List<int[]> options = new ArrayList<>();
        for (int kept : counts(group, perBlock, parameters.alignment())) {
            options.add(order.stream()
                    .flatMapToInt(block -> Arrays.stream(block, 0, perBlock - kept))
                    .sorted()
                    .toArray());
        }
        return thinned(options, parameters.candidates());
    }

    /** Units left in each block, falling; the channels of the whole group stand on the alignment's steps. */
    private static List<Integer> counts(ChannelGroup group, int perBlock, Alignment alignment) {
        int blocks = group.blocks().length;
        int width = group.slots().stream()
                .mapToInt(slot -> slot.indices()[0].length)
                .min()
                .orElse(1);
        long step = alignment.step((long) group.size() * width);
        return Stream.iterate(perBlock - 1, kept -> kept >= group.minimum(), kept -> kept - 1)
                .filter(kept -> (long) kept * blocks * width % step == 0)
                .toList();
    }

    private static List<int[]> thinned(List<int[]> options, int most) {
        if (options.size() <= most) {
            return options;
        }
        List<int[]> kept = new ArrayList<>();
        for (int i = 1; i <= most; i++) {
            kept.add(options.get((int) ((long) i * options.size() / most) - 1));
        }
        return kept;
    }
}
