package io.millrace.onnx.channels;

import io.millrace.onnx.Node;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Collects what belongs to a group. */
final class GroupBuilder {
    private final AtomGraph analysis;
    private final int[] roots;
    private final int[][] blocks;
    private final List<Slot> slots = new ArrayList<>();
    private final Set<Node> producers = new LinkedHashSet<>();
    private final Set<Node> consumers = new LinkedHashSet<>();

    /** @param partition the block of each root, or {@code null} for a single block */
    GroupBuilder(AtomGraph analysis, int[] roots, Map<Integer, Integer> partition) {
        this.analysis = analysis;
        this.roots = roots;
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

    void slot(Slot slot) {
        slots.add(slot);
    }

    int size() {
        return roots.length;
    }

    ChannelGroup build() {
        String id = producers.iterator().next().label();
        return new ChannelGroup(analysis, id, roots, slots, List.copyOf(producers), List.copyOf(consumers), blocks);
    }
}
