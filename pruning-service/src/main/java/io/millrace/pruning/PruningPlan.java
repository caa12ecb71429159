package io.millrace.pruning;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.ChannelGroups;
import io.millrace.onnx.channels.Slot;
import io.millrace.onnx.cost.Alignment;
import io.millrace.selection.Thinning;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What there is to prune in a model: its groups of channels, for each the counts to try, and which channels go first.
 *
 * @param groups with something to try, in execution order
 * @param declined reason by layer or group
 */
record PruningPlan(List<PrunableGroup> groups, Map<String, String> declined) {

    /**
     * What decides the options, and with them what is measured.
     *
     * @param candidates counts tried for each group, at most
     */
    record Grid(Criterion criterion, Alignment alignment, int candidates) {}

    /**
     * A group and what may be taken from it.
     *
     * @param key tells it from all others of the model, the same in every process
     * @param criterion what its units are ranked by
     * @param options units to remove, from the mildest to the harshest; each holds the one before
     */
    record PrunableGroup(String key, ChannelGroup group, Criterion criterion, List<int[]> options) {
        /** Share of the units that each option leaves. */
        List<Double> ratios() {
            return options.stream()
                    .map(removed -> 1 - (double) removed.length / group.size())
                    .toList();
        }
    }

    static PruningPlan of(OnnxModel model, Grid grid, long seed) {
        ChannelGroups found = ChannelGroups.of(model);
        Map<String, String> declined = new LinkedHashMap<>(found.declined());
        List<PrunableGroup> groups = new ArrayList<>();
        for (int i = 0; i < found.groups().size(); i++) {
            ChannelGroup group = found.groups().get(i);
            Optional<String> broken = notFinite(model, group);
            if (broken.isPresent()) {
                declined.put(group.id(), broken.get());
                continue;
            }
            Optional<Ranking> ranking = Ranking.of(model, group, grid.criterion(), seed);
            if (ranking.isEmpty()) {
                declined.put(
                        group.id(),
                        "its %d channels are all alike by %s and by l2: none is less important than another"
                                .formatted(group.size(), grid.criterion().label()));
                continue;
            }
            List<int[]> options = options(group, ranking.get().scores(), grid);
            if (options.isEmpty()) {
                declined.putIfAbsent(
                        group.id(),
                        "its %d channels leave no smaller count with align %s"
                                .formatted(
                                        group.size(),
                                        grid.alignment().followsRuntime()
                                                ? "runtime"
                                                : grid.alignment().multiple()));
            } else {
                groups.add(new PrunableGroup(
                        i + " " + group.id(), group, ranking.get().criterion(), options));
            }
        }
        return new PruningPlan(groups, declined);
    }

    /** Which groups the criterion has nothing to tell of, and what they are ranked by instead; empty if there are none. */
    Optional<String> rankedOtherwise(Criterion wanted) {
        List<PrunableGroup> others =
                groups.stream().filter(group -> group.criterion() != wanted).toList();
        return others.isEmpty()
                ? Optional.empty()
                : Optional.of("%s has nothing to tell of the channels of %s%s: they are ranked by %s"
                        .formatted(
                                wanted.label(),
                                others.get(0).group().id(),
                                others.size() > 1 ? " and " + (others.size() - 1) + " more groups" : "",
                                others.get(0).criterion().label()));
    }

    /** A number among the group's weights that is none: whatever is ranked or fitted by it is worth nothing. */
    private static Optional<String> notFinite(OnnxModel model, ChannelGroup group) {
        for (Slot slot : group.slots()) {
            Tensor tensor = model.graph().constant(slot.tensor()).orElseThrow();
            if (tensor.type().isFloatingPoint()) {
                for (float value : tensor.floats()) {
                    if (!Float.isFinite(value)) {
                        return Optional.of("its weight %s holds %s".formatted(slot.tensor(), value));
                    }
                }
            }
        }
        return Optional.empty();
    }

    /** Units to remove for each count worth trying; from every block the same number, the least important first. */
    private static List<int[]> options(ChannelGroup group, double[] scores, Grid grid) {
        List<int[]> order = Arrays.stream(group.blocks())
                .map(block -> Arrays.stream(block)
                        .boxed()
                        .sorted(Comparator.comparingDouble(unit -> scores[unit]))
                        .mapToInt(Integer::intValue)
                        .toArray())
                .toList();
        int perBlock = order.stream().mapToInt(block -> block.length).min().orElse(0);
        List<int[]> options = new ArrayList<>();
        for (int kept : counts(group, perBlock, grid.alignment())) {
            options.add(order.stream()
                    .flatMapToInt(block -> Arrays.stream(block, 0, perBlock - kept))
                    .sorted()
                    .toArray());
        }
        return Thinning.toAtMost(grid.candidates(), options);
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
}
