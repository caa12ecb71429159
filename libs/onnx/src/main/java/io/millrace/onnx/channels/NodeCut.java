package io.millrace.onnx.channels;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.shape.Dim;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Adapts the nodes around a cut: group counts, sizes, bounds, indices and target shapes. New constants are added instead
 * of changing old ones, which other nodes may read.
 */
final class NodeCut {
    private final Graph graph;
    private final Flow flow;
    private final Survivors survivors;
    private final long opset;

    NodeCut(Graph graph, Flow flow, Survivors survivors, long opset) {
        this.graph = graph;
        this.flow = flow;
        this.survivors = survivors;
        this.opset = opset;
    }

    void apply(Node node) {
        if (node.is("Shape")) {
            shape(node);
            return;
        }
        boolean touched = node.inputs().stream().anyMatch(survivors::touches)
                || node.outputs().stream().anyMatch(survivors::touches);
        if (!touched) {
            return;
        }
        Node changed =
                switch (node.op()) {
                    case "Conv", "ConvTranspose" -> depthwise(node);
                    case "Reshape" -> reshape(node);
                    case "Expand" -> withShape(node, 1);
                    case "ConstantOfShape" -> withShape(node, 0);
                    case "Resize" -> resize(node);
                    case "Split" -> split(node);
                    case "Slice" -> slice(node);
                    case "Gather" -> gather(node);
                    case "GatherND" -> gatherNd(node);
                    case "SplitToSequence" -> splitToSequence(node);
                    case "GroupNormalization" -> groupNormalization(node);
                    default -> node;
                };
        if (changed != node) {
            graph.replace(node, changed);
        }
    }

    private Node depthwise(Node node) {
        long groups = node.intAttribute("group", 1);
        boolean everyChannel = groups > 1
                && flow.dims(node.input(0)).get(1).is(groups)
                && !flow.groupedInputs.containsKey(node.input(1));
        return everyChannel ? node.with("group", survivors.size(node.input(0), 1)) : node;
    }

    private Node groupNormalization(Node node) {
        long run = flow.dims(node.input(0)).get(1).value() / node.intAttribute("num_groups", 1);
        return node.with("num_groups", survivors.size(node.input(0), 1) / run);
    }

    private Node reshape(Node node) {
        ChannelShuffle shuffle = flow.shuffles.get(node.output(0));
        if (shuffle == null) {
            return flow.insideShuffles.contains(node.output(0))
                    ? node
                    : withShape(node, 1).without("allowzero");
        }
        int[] kept = survivors.kept(shuffle.value(), shuffle.axis());
        if (kept == null) {
            return node;
        }
        long[] order = Arrays.stream(shuffle.order())
                .map(from -> Arrays.binarySearch(kept, from))
                .filter(at -> at >= 0)
                .mapToLong(at -> at)
                .toArray();
        String indices = graph.addInitializer(node.output(0) + "_order", Tensor.ofLongs(order, order.length));
        return Node.of("Gather", node.name(), List.of(shuffle.value(), indices), node.outputs())
                .with("axis", shuffle.axis());
    }

    /** The node with the shape its result has after the cut as its target. */
    private Node withShape(Node node, int input) {
        List<Dim> dims = flow.dims(node.output(0));
        long[] given = constant(node.input(input));
        List<Dim> in = flow.dims(node.input(0));
        boolean reshape = node.is("Reshape");
        List<Object> elements = new ArrayList<>();
        long open = dims.stream().filter(dim -> !dim.known()).count();
        int shift = dims.size() - (int) flow.dims(node.input(input)).get(0).value();
        for (int axis = 0; axis < dims.size(); axis++) {
            long size = survivors.size(node.output(0), axis);
            if (size >= 0) {
                elements.add(size);
            } else if (axis < shift) {
                elements.add(1L);
            } else if (given != null) {
                elements.add(given[axis - shift]);
            } else if (reshape && axis < in.size() && in.get(axis).equals(dims.get(axis))) {
                elements.add(0L);
            } else if (reshape && open == 1) {
                elements.add(-1L);
            } else {
                elements.add(new Element(node.input(input), axis - shift));
            }
        }
        return node.withInput(input, vector(node, elements));
    }

    private Node resize(Node node) {
        if (node.input(3).isEmpty() || node.attribute("axes").isPresent()) {
            return node;
        }
        long[] given = constant(node.input(3));
        List<Object> elements = new ArrayList<>();
        for (int axis = 0; axis < flow.dims(node.output(0)).size(); axis++) {
            long size = survivors.size(node.output(0), axis);
            if (survivors.kept(node.output(0), axis) != null) {
                elements.add(size);
            } else {
                elements.add(given != null ? (Object) given[axis] : new Element(node.input(3), axis));
            }
        }
        return node.withInput(3, vector(node, elements));
    }

    private Node split(Node node) {
        int axis = axis(node, 0);
        if (survivors.kept(node.input(0), axis) == null) {
            return node;
        }
        long[] sizes = node.outputs().stream()
                .mapToLong(output -> survivors.size(output, axis))
                .toArray();
        if (opset < 13) {
            return node.with("split", sizes);
        }
        String stored = graph.addInitializer(node.output(0) + "_sizes", Tensor.ofLongs(sizes, sizes.length));
        return node.withInput(1, stored).without("num_outputs");
    }

    private Node slice(Node node) {
        int rank = flow.dims(node.input(0)).size();
        Site site = new Site(flow, node);
        long[] axes = site.list("axes", 3);
        long[] starts = site.list("starts", 1);
        long[] ends = site.list("ends", 2);
        if (starts == null || ends == null) {
            return node;
        }
        long[] newStarts = starts.clone();
        long[] newEnds = ends.clone();
        for (int i = 0; i < starts.length; i++) {
            int axis = axes == null ? i : Math.floorMod((int) axes[i], rank);
            int[] kept = survivors.kept(node.input(0), axis);
            if (kept != null) {
                int size = (int) flow.dims(node.input(0)).get(axis).value();
                newStarts[i] = below(kept, MovementRules.bound(starts[i], size));
                newEnds[i] = below(kept, MovementRules.bound(ends[i], size));
            }
        }
        if (Arrays.equals(starts, newStarts) && Arrays.equals(ends, newEnds)) {
            return node;
        }
        if (opset < 10) {
            return node.with("starts", newStarts).with("ends", newEnds);
        }
        return node.withInput(1, vector(node, boxed(newStarts))).withInput(2, vector(node, boxed(newEnds)));
    }

    private Node splitToSequence(Node node) {
        int axis = axis(node, 0);
        int[] kept = survivors.kept(node.input(0), axis);
        if (kept == null) {
            return node;
        }
        long[] sizes = SequenceSplits.sizes(new Site(flow, node)).clone();
        long from = 0;
        for (int i = 0; i < sizes.length; i++) {
            long to = from + sizes[i];
            sizes[i] = below(kept, (int) to) - below(kept, (int) from);
            from = to;
        }
        return node.withInput(1, vector(node, boxed(sizes)));
    }

    /** Rows along the first axis: a Gather says the same more simply. */
    private Node gatherNd(Node node) {
        return survivors.kept(node.input(0), 0) == null
                ? node
                : gather(node.withOp("Gather").without("batch_dims"));
    }

    private Node gather(Node node) {
        int axis = axis(node, 0);
        int[] kept = survivors.kept(node.input(0), axis);
        if (kept == null) {
            return node;
        }
        int size = (int) flow.dims(node.input(0)).get(axis).value();
        long[] indices = new Site(flow, node).longs(1);
        int rank = flow.dims(node.input(1)).size();
        long[] moved = Arrays.stream(indices)
                .mapToInt(i -> Arrays.binarySearch(kept, Math.floorMod((int) i, size)))
                .filter(at -> at >= 0)
                .mapToLong(at -> at)
                .toArray();
        Tensor stored = rank == 0 ? Tensor.ofLongs(moved) : Tensor.ofLongs(moved, moved.length);
        return node.withInput(1, graph.addInitializer(node.output(0) + "_indices", stored));
    }

    /** Whoever computes with the size of a cut axis keeps the size it had: nodes that need the new one are adapted. */
    private void shape(Node node) {
        List<Dim> dims = flow.dims(node.input(0));
        if (dims == null || !survivors.touches(node.input(0))) {
            return;
        }
        int rank = dims.size();
        int from = MovementRules.bound(node.intAttribute("start", 0), rank);
        int to = MovementRules.bound(node.intAttribute("end", rank), rank);
        boolean harmless = !graph.isOutput(node.output(0))
                && graph.consumers(node.output(0)).stream().allMatch(reader -> readsOtherAxes(reader, node, from, to));
        if (harmless) {
            return;
        }
        String now = graph.freshName(node.output(0) + "_now");
        Node renamed = node.withOutputs(List.of(now));
        List<Object> elements = new ArrayList<>();
        for (int axis = from; axis < to; axis++) {
            boolean cut = survivors.kept(node.input(0), axis) != null;
            elements.add(cut ? (Object) dims.get(axis).value() : new Element(now, axis - from));
        }
        graph.replace(node, renamed);
        List<Node> nodes = new ArrayList<>();
        nodes.addAll(joined(elements, node.output(0)));
        graph.insertAfter(renamed, nodes);
    }

    private boolean readsOtherAxes(Node reader, Node shape, int from, int to) {
        long[] indices =
                reader.is("Gather") && reader.input(0).equals(shape.output(0)) ? new Site(flow, reader).longs(1) : null;
        return indices != null
                && Arrays.stream(indices)
                        .allMatch(
                                i -> survivors.kept(shape.input(0), from + Math.floorMod((int) i, to - from)) == null);
    }

    /** An element of a vector that is known only when the model runs. */
    private record Element(String vector, int index) {}

    private static List<Object> boxed(long[] values) {
        return Arrays.stream(values).mapToObj(v -> (Object) v).toList();
    }

    /** A vector of numbers and elements of others, computed right before the node if it must be. */
    private String vector(Node node, List<Object> elements) {
        if (elements.stream().allMatch(Long.class::isInstance)) {
            long[] values = elements.stream().mapToLong(e -> (Long) e).toArray();
            return graph.addInitializer(node.output(0) + "_shape", Tensor.ofLongs(values, values.length));
        }
        String name = graph.freshName(node.output(0) + "_shape");
        graph.insertBefore(node, joined(elements, name));
        return name;
    }

    private List<Node> joined(List<Object> elements, String name) {
        List<Node> nodes = new ArrayList<>();
        List<String> pieces = new ArrayList<>();
        for (Object element : elements) {
            if (element instanceof Element at) {
                String index = graph.addInitializer(name + "_at", Tensor.ofLongs(new long[] {at.index}, 1));
                String piece = graph.freshName(name + "_" + pieces.size());
                nodes.add(Node.of("Gather", piece, List.of(at.vector, index), List.of(piece)));
                pieces.add(piece);
            } else {
                pieces.add(graph.addInitializer(name + "_size", Tensor.ofLongs(new long[] {(Long) element}, 1)));
            }
        }
        nodes.add(Node.of("Concat", graph.freshName(name + "_joined"), pieces, List.of(name))
                .with("axis", 0));
        return nodes;
    }

    private long[] constant(String value) {
        return graph.constant(value).map(Tensor::longs).orElse(null);
    }

    private int axis(Node node, long otherwise) {
        return Math.floorMod(
                (int) node.intAttribute("axis", otherwise),
                flow.dims(node.input(0)).size());
    }

    private static int below(int[] kept, int bound) {
        return (int) IntStream.of(kept).filter(k -> k < bound).count();
    }
}
