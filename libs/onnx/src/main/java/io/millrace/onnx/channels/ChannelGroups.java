package io.millrace.onnx.channels;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.operator.Operators;
import io.millrace.onnx.shape.Shapes;
import java.util.Comparator;
import java.util.HashMap;
import java.util.IdentityHashMap;
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
    private final List<AtomGraph.Layer> layers;
    private final Atoms atoms;
    private final List<ChannelGroup> groups;
    private final Map<Integer, ChannelGroup> groupByRoot = new HashMap<>();
    private final Map<Node, AtomGraph.Layer> layerByNode = new IdentityHashMap<>();
    private final Map<Node, String> outputReasons = new IdentityHashMap<>();
    private final Map<Node, String> inputReasons = new IdentityHashMap<>();

    private final Map<String, String> failures;

    private ChannelGroups(AtomGraph atomGraph) {
        this.failures = atomGraph.failures();
        this.layers = atomGraph.layers();
        this.atoms = atomGraph.atoms();
        this.groups = new GroupCollector(atomGraph, new Closure(atomGraph).close()).collect();
        for (ChannelGroup group : groups) {
            for (int root : group.roots()) {
                groupByRoot.put(root, group);
            }
        }
        Obstacles obstacles = new Obstacles(atomGraph);
        for (AtomGraph.Layer layer : layers) {
            layerByNode.put(layer.node(), layer);
            if (groupsAmong(layer.outputs()).isEmpty()) {
                outputReasons.put(layer.node(), obstacles.ofOutputs(layer));
            }
            if (groupsAmong(layer.inputs()).isEmpty()) {
                inputReasons.put(layer.node(), obstacles.ofInputs(layer));
            }
        }
    }

    /**
     * Analyses a model. Never fails on a valid model: what is not understood is frozen, with a reason.
     *
     * @param model the model, which stays as it is
     * @return what can be cut, and why the rest cannot
     */
    public static ChannelGroups of(OnnxModel model) {
        return of(model, false);
    }

    /**
     * Analyses a model.
     *
     * @param model the model, which stays as it is
     * @param throughLayerNorm whether channels under a LayerNormalization may go too. That changes the statistics of
     *     those that stay: the cut network is then not the original with channels switched off
     * @return what can be cut, and why the rest cannot
     */
    public static ChannelGroups of(OnnxModel model, boolean throughLayerNorm) {
        return new ChannelGroups(Flow.through(model, Shapes.infer(model), throughLayerNorm));
    }

    /**
     * Analyses a model whose shapes are known already, as its inputs are declared.
     *
     * @param model the model, which stays as it is
     * @param shapes of all its values
     * @return what can be cut, and why the rest cannot
     */
    public static ChannelGroups of(OnnxModel model, Shapes shapes) {
        return new ChannelGroups(Flow.through(model, shapes, false));
    }

    /** {@return the groups, in the order of their first producers} */
    public List<ChannelGroup> groups() {
        return List.copyOf(groups);
    }

    /** {@return all layers that were met, in the order of the graph} */
    public List<Node> layers() {
        return layers.stream().map(AtomGraph.Layer::node).toList();
    }

    /** {@return layers of which nothing can be cut on one side, by label, and why} */
    public Map<String, String> declined() {
        Map<String, String> declined = new LinkedHashMap<>();
        for (AtomGraph.Layer layer : layers) {
            String label = layer.node().label();
            String outputs = outputReasons.get(layer.node());
            String inputs = inputReasons.get(layer.node());
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

    /**
     * {@return why no output channel of a layer can go; empty if some can, or if it is no layer}
     *
     * @param layer a node of the analysed model
     */
    public Optional<String> outputReason(Node layer) {
        return Optional.ofNullable(outputReasons.get(layer)).or(() -> notFollowed(layer));
    }

    /**
     * {@return why no input channel of a layer can go; empty if some can, or if it is no layer}
     *
     * @param layer a node of the analysed model
     */
    public Optional<String> inputReason(Node layer) {
        return Optional.ofNullable(inputReasons.get(layer)).or(() -> notFollowed(layer));
    }

    private static Optional<String> notFollowed(Node layer) {
        return Operators.of(layer).isFollowed()
                ? Optional.empty()
                : Optional.of(layer.op() + " " + Obstacles.notFollowed(layer));
    }

    /**
     * {@return the group that holds the output channels of a layer; the largest where they are spread over several}
     *
     * @param layer a node of the analysed model
     */
    public Optional<ChannelGroup> groupOfOutput(Node layer) {
        return groupsOfOutput(layer).stream().findFirst();
    }

    /**
     * {@return the group that holds the input channels of a layer; the largest where they are spread over several}
     *
     * @param layer a node of the analysed model
     */
    public Optional<ChannelGroup> groupOfInput(Node layer) {
        return groupsOfInput(layer).stream().findFirst();
    }

    /**
     * {@return all groups the output channels of a layer are spread over, the largest first}
     *
     * @param layer a node of the analysed model
     */
    public List<ChannelGroup> groupsOfOutput(Node layer) {
        AtomGraph.Layer found = layerByNode.get(layer);
        return found == null ? List.of() : groupsAmong(found.outputs());
    }

    /**
     * {@return all groups the input channels of a layer are spread over, the largest first}
     *
     * @param layer a node of the analysed model
     */
    public List<ChannelGroup> groupsOfInput(Node layer) {
        AtomGraph.Layer found = layerByNode.get(layer);
        return found == null ? List.of() : groupsAmong(found.inputs());
    }

    /** Nodes at which a rule has failed, by label, and how; tests hold this empty. */
    Map<String, String> failures() {
        return failures;
    }

    private List<ChannelGroup> groupsAmong(int[] ids) {
        Set<ChannelGroup> among = new LinkedHashSet<>();
        for (int id : ids == null ? new int[0] : ids) {
            ChannelGroup group = groupByRoot.get(atoms.mobile(id));
            if (group != null) {
                among.add(group);
            }
        }
        return among.stream()
                .sorted(Comparator.comparingInt(ChannelGroup::size).reversed())
                .toList();
    }
}
