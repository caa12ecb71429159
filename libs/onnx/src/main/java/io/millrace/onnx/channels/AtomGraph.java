package io.millrace.onnx.channels;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.rewrite.Uniform;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;

/**
 * The atoms of a graph: which lie along the axes of every value, which layers and groups of channels they belong to, and
 * what else is known of the values.
 */
final class AtomGraph {
    /** Stored tensors with more indices than this along their axes are not followed. */
    static final long LARGEST = 1 << 22;

    /** A layer with the atoms of its output and input channels; {@code null} where there are none. */
    record Layer(Node node, int[] outputs, int[] inputs, String inputName) {}

    /** Equally many of these channels must go from each of the blocks they form in order. */
    record Balance(int[] ids, int blocks) {}

    /** The input channels of a grouped convolution's weight, counted over all its groups. */
    record GroupedInput(int groups, int[] ids) {}

    private record Axis(String value, int axis) {}

    private final OnnxModel model;
    private final Graph graph;
    private final Shapes shapes;
    private final boolean throughLayerNorm;
    private final ChannelShuffle.Found shuffles;
    private final Atoms atoms = new Atoms();
    private final Map<String, Layout> layouts = new LinkedHashMap<>();
    private final List<Layer> layers = new ArrayList<>();
    private final List<Balance> balances = new ArrayList<>();
    private final Map<String, GroupedInput> groupedInputs = new LinkedHashMap<>();
    private final Set<Axis> whole = new HashSet<>();
    private final Map<String, String> names = new HashMap<>();
    private final Map<String, String> failures = new LinkedHashMap<>();
    private final Set<String> stored = new HashSet<>();
    private final Set<String> zeroKept = new HashSet<>();

    AtomGraph(OnnxModel model, Shapes shapes, boolean throughLayerNorm) {
        this.model = model;
        this.graph = model.graph();
        this.throughLayerNorm = throughLayerNorm;
        this.shapes = shapes;
        this.shuffles = ChannelShuffle.find(graph, shapes);
        graph.inputs().forEach(input -> names.put(input.getName(), "the network's input '" + input.getName() + "'"));
    }

    /** The atoms of a value; a stored tensor of floats has its own. */
    Layout layout(String value) {
        return layouts.computeIfAbsent(
                value, v -> graph.constant(v).map(this::fresh).orElse(Layout.NONE));
    }

    /** Ties the atoms along one axis of a value so that they depend on nothing else; {@code null} if there are none. */
    int[] claim(String value, int axis) {
        Layout layout = layout(value);
        Part part = layout.on(axis);
        if (part == null) {
            return null;
        }
        Layout claimed = layout.seal(other -> other != axis && part.has(other), atoms, "");
        give(value, claimed);
        return claimed.on(axis).ids();
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
        Part together = new Part(axes, dims, atoms.fresh(Part.product(dims)));
        Layout joint = layout.only(joined.negate()).plus(together);
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

    /** Whether the value has been met, or is a stored tensor. */
    boolean isKnown(String value) {
        return layouts.containsKey(value) || graph.constant(value).isPresent();
    }

    /** Drops axes of joint parts on which nothing depends any more. */
    void simplify() {
        layouts.replaceAll((value, layout) -> layout.simplified(atoms));
    }

    void keepWhole(String value, int axis) {
        whole.add(new Axis(value, axis));
    }

    /** Whether an axis must keep its size, though it carries atoms together with others. */
    boolean staysWhole(String value, int axis) {
        return whole.contains(new Axis(value, axis));
    }

    void balance(int[] ids, int blocks) {
        balances.add(new Balance(ids, blocks));
    }

    int[] groupedColumns(String weight, int groups, int channels) {
        GroupedInput grouped =
                groupedInputs.computeIfAbsent(weight, w -> new GroupedInput(groups, atoms.fresh(channels)));
        return grouped.groups == groups && grouped.ids.length == channels ? grouped.ids : null;
    }

    void layer(Node node, int[] outputs, int[] inputs, String inputName) {
        layers.add(new Layer(node, outputs, inputs, inputName));
    }

    /** A rule has failed at a node, which is no layer then. */
    void fail(Node node, String failure) {
        failures.put(node.label(), failure);
        layers.removeIf(layer -> layer.node() == node);
    }

    /** Nodes at which a rule has failed, which none should. */
    Map<String, String> failures() {
        return failures;
    }

    /** What holds the value's axes, for the reasons of what meets it. */
    String name(String value) {
        String known = names.get(value);
        if (known != null) {
            return known;
        }
        Node maker = graph.producer(value);
        String made =
                maker == null ? "the stored tensor '" + value + "'" : "the result of " + new Site(this, maker).label();
        return made + ", along which nothing is cut";
    }

    void name(String value, String name) {
        names.put(value, name);
    }

    /** A rule has seen the maker of a value. A value without atoms is held by what holds one of its maker's inputs. */
    void conclude(String value, Node maker) {
        layouts.putIfAbsent(value, Layout.NONE);
        if (!names.containsKey(value) && layouts.get(value).isEmpty()) {
            maker.inputs().stream()
                    .filter(names::containsKey)
                    .findFirst()
                    .ifPresent(v -> names.put(value, names.get(v)));
        }
    }

    /** The value is made of nothing but stored tensors. */
    void store(String value) {
        stored.add(value);
    }

    void keepZero(String value) {
        zeroKept.add(value);
    }

    /** Whether the value is a stored tensor or made of nothing else. */
    boolean isStored(String value) {
        return stored.contains(value) || graph.constant(value).isPresent();
    }

    /** Whether channels of this value are zero when the rows that make them are. */
    boolean keepsZero(String value) {
        return zeroKept.contains(value);
    }

    boolean isZero(String value) {
        return Uniform.valueOf(graph, value).orElse(1) == 0;
    }

    List<Dim> dims(String value) {
        return shapes.of(value).map(Shape::dims).orElse(null);
    }

    /** Dimensions of a value, -1 where a size is not known. */
    long[] numbers(String value) {
        List<Dim> dims = dims(value);
        long[] numbers = new long[dims.size()];
        for (int axis = 0; axis < numbers.length; axis++) {
            numbers[axis] = dims.get(axis).known() ? dims.get(axis).value() : -1;
        }
        return numbers;
    }

    /** The elements of a value that is known before the model runs, or {@code null}. */
    long[] longs(String value) {
        List<Dim> elements = shapes.elements(value).orElse(null);
        return elements == null || !elements.stream().allMatch(Dim::known)
                ? null
                : elements.stream().mapToLong(Dim::value).toArray();
    }

    ElementType type(String value) {
        return shapes.of(value).orElseThrow().type();
    }

    long opset() {
        return model.opset();
    }

    Graph graph() {
        return graph;
    }

    boolean throughLayerNorm() {
        return throughLayerNorm;
    }

    ChannelShuffle.Found shuffles() {
        return shuffles;
    }

    Atoms atoms() {
        return atoms;
    }

    Map<String, Layout> layouts() {
        return layouts;
    }

    List<Layer> layers() {
        return layers;
    }

    List<Balance> balances() {
        return balances;
    }

    Map<String, GroupedInput> groupedInputs() {
        return groupedInputs;
    }
}
