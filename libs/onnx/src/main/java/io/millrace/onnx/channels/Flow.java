package io.millrace.onnx.channels;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.rewrite.Reads;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/** One run of a graph over atoms: every value gets its layout, and what must go together is united on the way. */
final class Flow {
    /** Stored tensors with more indices than this along their axes are not followed. */
    static final long LARGEST = 1 << 22;

    /** A layer with the atoms of its output and input channels; {@code null} where there are none. */
    record Layer(Node node, int[] outputs, int[] inputs, String inputName) {}

    /** Equally many of these channels must go from each of the blocks they form in order. */
    record Balance(int[] ids, int blocks) {}

    /** One axis of a value. */
    record Axis(String value, int axis) {}

    /** The input channels of a grouped convolution's weight, counted over all its groups. */
    record GroupedInput(int groups, int[] ids) {}

    final Graph graph;
    final Shapes shapes;
    final Atoms atoms = new Atoms();
    final boolean throughLayerNorm;
    final Map<String, Layout> layouts = new LinkedHashMap<>();
    final List<Layer> layers = new ArrayList<>();
    final List<Balance> balances = new ArrayList<>();
    final Map<String, GroupedInput> groupedInputs = new LinkedHashMap<>();
    /** Axes that must keep their size, though they carry atoms together with others. */
    final Set<Axis> forbidden = new HashSet<>();

    final Map<String, ChannelShuffle> shuffles;
    final Set<String> insideShuffles = new HashSet<>();
    private final OnnxModel model;
    private final Map<String, String> names = new HashMap<>();
    private final Set<String> stored = new LinkedHashSet<>();
    private final Set<String> zeroKept = new HashSet<>();
    private final Set<String> shadowed = new HashSet<>();

    Flow(OnnxModel model, Shapes shapes, boolean throughLayerNorm) {
        this.model = model;
        this.graph = model.graph();
        this.throughLayerNorm = throughLayerNorm;
        this.shapes = shapes;
        this.shuffles = ChannelShuffle.find(graph, shapes, insideShuffles);
        model.origin().getFunctionsList().forEach(function -> shadowed.add(function.getName()));
    }

    /** Follows the whole graph, and freezes what its outputs show. */
    Flow run() {
        graph.inputs().forEach(input -> names.put(input.getName(), "the network's input '" + input.getName() + "'"));
        for (Node node : graph.nodes()) {
            if (!node.is("Constant")) {
                follow(node);
            }
        }
        for (ValueInfoProto output : graph.outputs()) {
            layout(output.getName()).freeze(atoms, "is the network's output '" + output.getName() + "'");
        }
        return this;
    }

    private void follow(Node node) {
        Site site = new Site(this, node);
        boolean allStored = node.inputs().stream().filter(v -> !v.isEmpty()).allMatch(this::isStored)
                && !node.inputs().isEmpty();
        if (allStored || node.is("CastLike") && isStored(node.input(0))) {
            stored.addAll(node.outputs());
        }
        if (!node.subgraphs().isEmpty()) {
            for (String captured : Reads.captured(node)) {
                if (layouts.containsKey(captured) || graph.constant(captured).isPresent()) {
                    layout(captured).freeze(atoms, "is read inside " + site.label() + ", whose sub-graphs are not cut");
                }
            }
        }
        Rule rule = node.subgraphs().isEmpty() && !shadowed.contains(node.op()) ? Rules.of(node) : Rules.UNKNOWN;
        boolean shaped = node.outputs().stream().allMatch(v -> v.isEmpty() || dims(v) != null);
        if (!shaped && rule != Rules.UNKNOWN && !node.is("SplitToSequence")) {
            rule = Rules.UNSHAPED;
        }
        try {
            apply(rule, site, allStored);
        } catch (RuntimeException e) {
            giveUp(site, e);
        }
        for (String output : node.outputs()) {
            layouts.putIfAbsent(output, Layout.NONE);
            if (!names.containsKey(output) && layouts.get(output).isEmpty()) {
                node.inputs().stream()
                        .filter(names::containsKey)
                        .findFirst()
                        .ifPresent(v -> names.put(output, names.get(v)));
            }
        }
    }

    private void apply(Rule rule, Site site, boolean allStored) {
        rule.apply(site);
        if (Zeros.areKept(site)) {
            zeroKept.addAll(site.node.outputs());
            if (Zeros.movesStored(site) && !allStored) {
                site.node
                        .outputs()
                        .forEach(v -> layout(v).parts().forEach(part -> atoms.mark(part.ids(), Atoms.OUTPUT)));
            }
        }
    }

    /** A rule met what its author did not think of: all it may have touched stays as it is. */
    private void giveUp(Site site, RuntimeException failure) {
        String reason = "feeds " + site.label() + ", which is not followed (" + failure + ")";
        site.freezeAll(reason);
        for (String output : site.node.outputs()) {
            layouts.getOrDefault(output, Layout.NONE).freeze(atoms, reason);
            give(output, Layout.NONE);
            name(output, "the result of " + site.label() + ", which is not followed");
        }
        layers.removeIf(layer -> layer.node() == site.node);
    }

    /** The atoms of a value; a stored tensor of floats gets its own on first sight. */
    Layout layout(String value) {
        return layouts.computeIfAbsent(
                value, v -> graph.constant(v).map(this::fresh).orElse(Layout.NONE));
    }

    /** The atoms along one axis of a value, tied so that they depend on nothing else; {@code null} if there are none. */
    int[] separate(String value, int axis) {
        Layout layout = layout(value);
        Part part = layout.on(axis);
        if (part == null) {
            return null;
        }
        Layout separate = layout.without(other -> other != axis && part.has(other), atoms, "");
        give(value, separate);
        return separate.on(axis).ids();
    }

    /**
     * Puts one joint part in the place of all others of a stored tensor: a Reshape joins its axes, and it is not known
     * yet along which of them it will be cut.
     */
    Layout join(String value, Layout layout, IntPredicate joined) {
        Tensor tensor = graph.constant(value).orElse(null);
        Layout inside = layout.only(joined);
        if (tensor == null
                || graph.consumers(value).size() > 1
                || inside.parts().size() < 2
                || tensor.count() > LARGEST) {
            return layout;
        }
        int[] axes = inside.parts().stream().mapToInt(part -> part.axes()[0]).toArray();
        int[] dims = inside.parts().stream().mapToInt(part -> part.dims()[0]).toArray();
        Part whole = new Part(axes, dims, atoms.fresh(Part.product(dims)));
        Layout joint = layout.only(joined.negate()).plus(new Layout(List.of(whole)));
        give(value, joint);
        return joint;
    }

    private Layout fresh(Tensor tensor) {
        long total = 0;
        for (long dim : tensor.dims()) {
            total += dim;
        }
        if (!tensor.type().isFloatingPoint() || total > LARGEST) {
            return Layout.NONE;
        }
        int[][] ids = new int[tensor.rank()][];
        for (int axis = 0; axis < ids.length; axis++) {
            if (tensor.dim(axis) > 1) {
                ids[axis] = atoms.fresh((int) tensor.dim(axis));
            }
        }
        return Layout.ofAxes(ids);
    }

    void give(String value, Layout layout) {
        if (!value.isEmpty()) {
            layouts.put(value, layout);
        }
    }

    /** Says what holds the value's axes, for the reasons of what meets it. */
    void name(String value, String name) {
        names.put(value, name);
    }

    String name(String value) {
        return names.getOrDefault(value, "'" + value + "', which is not cut along it");
    }

    /** Whether the value is a stored tensor or made of nothing else. */
    boolean isStored(String value) {
        return stored.contains(value) || graph.constant(value).isPresent();
    }

    /** Whether channels of this value are zero when the rows that make them are. */
    boolean keepsZero(String value) {
        return zeroKept.contains(value);
    }

    List<Dim> dims(String value) {
        return shapes.of(value).map(Shape::dims).orElse(null);
    }

    long opset() {
        return model.opset();
    }
}
