package io.millrace.onnx.channels;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Collects the groups of a graph whose atoms are united and closed, and what belongs to each. */
final class GroupCollector {
    private final AtomGraph atomGraph;
    private final Closure closure;

    /** For each root its group, and which unit of it the root is. */
    private final GroupBuilder[] builders;

    private final int[] units;

    GroupCollector(AtomGraph atomGraph, Closure closure) {
        this.atomGraph = atomGraph;
        this.closure = closure;
        this.builders = new GroupBuilder[atomGraph.atoms().count()];
        this.units = new int[builders.length];
    }

    /** The groups, in the order of their first producers. */
    List<ChannelGroup> collect() {
        List<GroupBuilder> ordered = new ArrayList<>();
        roots().forEach((signature, roots) -> {
            int[] sorted = roots.stream().mapToInt(root -> root).sorted().toArray();
            GroupBuilder builder = new GroupBuilder(atomGraph, sorted, closure.partition(signature));
            if (builder.removable()) {
                ordered.add(builder);
                for (int unit = 0; unit < sorted.length; unit++) {
                    builders[sorted[unit]] = builder;
                    units[sorted[unit]] = unit;
                }
            }
        });
        for (AtomGraph.Layer layer : atomGraph.layers()) {
            among(layer.outputs()).forEach(builder -> builder.producer(layer.node()));
            among(layer.inputs()).forEach(builder -> builder.consumer(layer.node()));
        }
        atomGraph.layouts().forEach((value, layout) -> {
            if (!layout.isEmpty() && atomGraph.graph().constant(value).isPresent()) {
                layout.parts().forEach(part -> slots(value, part.axes()[0], 1, part.ids()));
            }
        });
        atomGraph.groupedInputs().forEach((value, grouped) -> slots(value, 1, grouped.groups(), grouped.ids()));
        return ordered.stream().map(GroupBuilder::build).toList();
    }

    /** The roots of all output channels that may go, by what they touch. */
    private Map<Long, Set<Integer>> roots() {
        Map<Long, Set<Integer>> roots = new LinkedHashMap<>();
        for (AtomGraph.Layer layer : atomGraph.layers()) {
            for (int id : layer.outputs() == null ? new int[0] : layer.outputs()) {
                int root = atomGraph.atoms().mobile(id);
                if (root >= 0) {
                    roots.computeIfAbsent(closure.signature(root), s -> new LinkedHashSet<>())
                            .add(root);
                }
            }
        }
        return roots;
    }

    private Collection<GroupBuilder> among(int[] ids) {
        Set<GroupBuilder> among = new LinkedHashSet<>();
        GroupBuilder last = null;
        for (int id : ids == null ? new int[0] : ids) {
            int root = atomGraph.atoms().mobile(id);
            GroupBuilder builder = root < 0 ? null : builders[root];
            if (builder != null && builder != last) {
                among.add(builder);
                last = builder;
            }
        }
        return among;
    }

    private void slots(String value, int axis, int convGroups, int[] ids) {
        Slot.Role role = atomGraph.atoms().is(ids[0], Atoms.OUTPUT)
                ? Slot.Role.OUTPUT
                : atomGraph.atoms().is(ids[0], Atoms.INPUT) ? Slot.Role.INPUT : Slot.Role.PARAMETER;
        for (GroupBuilder builder : among(ids)) {
            builder.slot(new Slot(value, axis, convGroups, positions(builder, ids), role));
        }
    }

    /** The positions of each unit of a group among these atoms. */
    private int[][] positions(GroupBuilder builder, int[] ids) {
        int[][] positions = new int[builder.size()][1];
        int[] counts = new int[positions.length];
        for (int i = 0; i < ids.length; i++) {
            int root = atomGraph.atoms().mobile(ids[i]);
            if (root >= 0 && builders[root] == builder) {
                int unit = units[root];
                if (counts[unit] == positions[unit].length) {
                    positions[unit] = Arrays.copyOf(positions[unit], 2 * counts[unit]);
                }
                positions[unit][counts[unit]++] = i;
            }
        }
        for (int unit = 0; unit < positions.length; unit++) {
            positions[unit] = Arrays.copyOf(positions[unit], counts[unit]);
        }
        return positions;
    }
}
