package io.millrace.onnx.channels;

import io.millrace.onnx.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Collects what belongs to a group. */
final class GroupBuilder {
    private final ChannelGroups owner;
    private final int[] roots;
    private final int[][] blocks;
    private final Map<Integer, Integer> units = new HashMap<>();
    private final List<Slot> slots = new ArrayList<>();
    private final Set<Node> producers = new LinkedHashSet<>();
    private final Set<Node> consumers = new LinkedHashSet<>();

    /** @param partition the block of each root, or {@code null} for a single block */
    GroupBuilder(ChannelGroups owner, int[] roots, Map<Integer, Integer> partition) {
        this.owner = owner;
        this.roots = roots;
        for (int unit = 0; unit < roots.length; unit++) {
            units.put(roots[unit], unit);
        }
        int[] all = IntStream.range(0, roots.length).toArray();
        this.blocks = partition == null
                ? new int[][] {all}
                : partition.values().stream()
                        .sorted()
                        .distinct()
                        .map(block -> Arrays.stream(all)
                                .filter(unit -> partition.get(roots[unit]).equals(block))
                                .toArray())
                        .toArray(int[][]::new);
    }

    /** Whether anything may go at all: every block has a unit to spare. */
    boolean removable() {
        return Arrays.stream(blocks).allMatch(block -> block.length > 1);
    }

    void producer(Node layer) {
        producers.add(layer);
    }

    void consumer(Node layer) {
        consumers.add(layer);
    }

    void slot(String tensor, int axis, int convGroups, int[] ids, Slot.Role role) {
        List<List<Integer>> positions = new ArrayList<>();
        for (int unit = 0; unit < roots.length; unit++) {
            positions.add(new ArrayList<>());
        }
        for (int i = 0; i < ids.length; i++) {
            Integer unit = units.get(owner.atomGraph().atoms().mobile(ids[i]));
            if (unit != null) {
                positions.get(unit).add(i);
            }
        }
        int[][] indices = positions.stream()
                .map(list -> list.stream().mapToInt(i -> i).toArray())
                .toArray(int[][]::new);
        slots.add(new Slot(tensor, axis, convGroups, indices, role));
    }

    ChannelGroup build() {
        String id = producers.iterator().next().label();
        return new ChannelGroup(owner, id, roots, slots, List.copyOf(producers), List.copyOf(consumers), blocks);
    }
}
