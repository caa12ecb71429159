package io.millrace.onnx.channels;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The channels of a network that can be removed, and the reasons why the others cannot. Found by channel algebra: every
 * index of every axis is an atom, operators that move data are executed on the atoms, and what must stay together is
 * united.
 */
public final class ChannelGroups {
    private final AtomGraph atomGraph;
    private final Closure closure;
    private final List<ChannelGroup> groups = new ArrayList<>();
    private final Map<Integer, ChannelGroup> groupByRoot = new HashMap<>();
    private final Map<String, String> outputReasons = new LinkedHashMap<>();
    private final Map<String, String> inputReasons = new LinkedHashMap<>();

    private ChannelGroups(AtomGraph atomGraph) {
        this.atomGraph = atomGraph;
        this.closure = new Closure(atomGraph).close();
        collect();
        atomGraph.layers().forEach(this::explain);
    }

    /** Analyses a model. Never fails on a valid model: what is not understood is frozen, with a reason. */
    public static ChannelGroups of(OnnxModel model) {
        return of(model, false);
    }

    /**
     * Analyses a model.
     *
     * @param throughLayerNorm whether channels under a LayerNormalization may go too. That changes the statistics of
     *     those that stay: the cut network is then not the original with channels switched off
     */
    public static ChannelGroups of(OnnxModel model, boolean throughLayerNorm) {
        return new ChannelGroups(Flow.through(model, Shapes.infer(model), throughLayerNorm));
    }

    /** Analyses a model whose shapes are known already, as its inputs are declared. */
    public static ChannelGroups of(OnnxModel model, Shapes shapes) {
        return new ChannelGroups(Flow.through(model, shapes, false));
    }

    /** The groups, in the order of their first producers. */
    public List<ChannelGroup> groups() {
        return List.copyOf(groups);
    }

    /** All layers that were met, in the order of the graph. */
    public List<Node> layers() {
        return atomGraph.layers().stream().map(AtomGraph.Layer::node).toList();
    }

    /** Layers of which nothing can be cut on one side, by label, and why. */
    public Map<String, String> declined() {
        Map<String, String> declined = new LinkedHashMap<>();
        for (AtomGraph.Layer layer : atomGraph.layers()) {
            String label = layer.node().label();
            String outputs = outputReasons.get(label);
            String inputs = inputReasons.get(label);
            if (outputs != null || inputs != null) {
                declined.put(
                        label,
                        outputs == null
                                ? "inputs: " + inputs
                                : "outputs: " + outputs + (inputs == null ? "" : "; inputs: " + inputs));
            }
        }
        return declined;
    }

    /** Why no output channel of a layer can go; empty if some can, or if it is no layer. */
    public Optional<String> outputReason(Node layer) {
        return Optional.ofNullable(outputReasons.get(layer.label()));
    }

    /** Why no input channel of a layer can go; empty if some can, or if it is no layer. */
    public Optional<String> inputReason(Node layer) {
        return Optional.ofNullable(inputReasons.get(layer.label()));
    }

    /** The group that holds the output channels of a layer; the largest where they are spread over several. */
    public Optional<ChannelGroup> groupOfOutput(Node layer) {
        return groupsOfOutput(layer).stream().findFirst();
    }

    /** The group that holds the input channels of a layer; the largest where they are spread over several. */
    public Optional<ChannelGroup> groupOfInput(Node layer) {
        return groupsOfInput(layer).stream().findFirst();
    }

    /** All groups the output channels of a layer are spread over, the largest first. */
    public List<ChannelGroup> groupsOfOutput(Node layer) {
        return atomGraph.layers().stream()
                .filter(l -> l.node() == layer && l.outputs() != null)
                .findFirst()
                .map(l -> groupsAmong(l.outputs()))
                .orElse(List.of());
    }

    /** All groups the input channels of a layer are spread over, the largest first. */
    public List<ChannelGroup> groupsOfInput(Node layer) {
        return atomGraph.layers().stream()
                .filter(l -> l.node() == layer && l.inputs() != null)
                .findFirst()
                .map(l -> groupsAmong(l.inputs()))
                .orElse(List.of());
    }

    AtomGraph atomGraph() {
        return atomGraph;
    }

    private List<ChannelGroup> groupsAmong(int[] ids) {
        Set<ChannelGroup> among = new LinkedHashSet<>();
        for (int id : ids) {
            ChannelGroup group = groupByRoot.get(atomGraph.atoms().mobile(id));
            if (group != null) {
                among.add(group);
            }
        }
        return among.stream()
                .sorted(Comparator.comparingInt(ChannelGroup::size).reversed())
                .toList();
    }

    private void collect() {
        Map<Long, Set<Integer>> roots = new LinkedHashMap<>();
        for (AtomGraph.Layer layer : atomGraph.layers()) {
            if (layer.outputs() != null) {
                for (int id : layer.outputs()) {
                    int root = atomGraph.atoms().mobile(id);
                    if (root >= 0) {
                        roots.computeIfAbsent(closure.signature(root), s -> new LinkedHashSet<>())
                                .add(root);
                    }
                }
            }
        }
        Map<Integer, GroupBuilder> builders = new HashMap<>();
        List<GroupBuilder> ordered = new ArrayList<>();
        roots.forEach((signature, units) -> {
            int[] sorted = units.stream().mapToInt(r -> r).sorted().toArray();
            GroupBuilder builder = new GroupBuilder(this, sorted, closure.partition(signature));
            if (builder.removable()) {
                ordered.add(builder);
                Arrays.stream(sorted).forEach(root -> builders.put(root, builder));
            }
        });
        atomGraph.layers().forEach(layer -> {
            among(layer.outputs(), builders).forEach(builder -> builder.producer(layer.node()));
            among(layer.inputs(), builders).forEach(builder -> builder.consumer(layer.node()));
        });
        atomGraph.layouts().forEach((value, layout) -> {
            if (!layout.isEmpty() && atomGraph.graph().constant(value).isPresent()) {
                layout.parts().forEach(part -> slots(value, part.axes()[0], 1, part.ids(), builders));
            }
        });
        atomGraph
                .groupedInputs()
                .forEach((value, grouped) -> slots(value, 1, grouped.groups(), grouped.ids(), builders));
        for (GroupBuilder builder : ordered) {
            ChannelGroup group = builder.build();
            groups.add(group);
            Arrays.stream(group.roots()).forEach(root -> groupByRoot.put(root, group));
        }
    }

    private Collection<GroupBuilder> among(int[] ids, Map<Integer, GroupBuilder> builders) {
        Set<GroupBuilder> among = new LinkedHashSet<>();
        if (ids != null) {
            for (int id : ids) {
                GroupBuilder builder = builders.get(atomGraph.atoms().mobile(id));
                if (builder != null) {
                    among.add(builder);
                }
            }
        }
        return among;
    }

    private void slots(String value, int axis, int convGroups, int[] ids, Map<Integer, GroupBuilder> builders) {
        Slot.Role role = atomGraph.atoms().is(ids[0], Atoms.OUTPUT)
                ? Slot.Role.OUTPUT
                : atomGraph.atoms().is(ids[0], Atoms.INPUT) ? Slot.Role.INPUT : Slot.Role.PARAMETER;
        among(ids, builders).forEach(builder -> builder.slot(value, axis, convGroups, ids, role));
    }

    private void explain(AtomGraph.Layer layer) {
        String label = layer.node().label();
        if (layer.outputs() == null) {
            outputReasons.put(label, "there is one channel only, or its weight is not followed");
        } else if (groupsAmong(layer.outputs()).isEmpty()) {
            outputReasons.put(label, reason(layer.outputs()));
        }
        if (layer.inputs() == null) {
            inputReasons.put(label, "reads " + layer.inputName());
        } else if (groupsAmong(layer.inputs()).isEmpty()) {
            inputReasons.put(label, reason(layer.inputs()));
        }
    }

    private String reason(int[] ids) {
        return Arrays.stream(ids)
                .mapToObj(atomGraph.atoms()::reason)
                .filter(reason -> reason != null)
                .findFirst()
                .orElse("its channels can only go all together");
    }
}
