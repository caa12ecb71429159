package io.millrace.onnx.cost;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Provenance;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Operator;
import io.millrace.onnx.operator.Operators;
import io.millrace.onnx.shape.Shapes;
import io.millrace.onnx.shape.UninferableException;
import io.millrace.onnx.simplify.Branches;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;
import java.util.stream.IntStream;

/** Counts the costs of one model. */
final class CostCount {
    private final Graph graph;
    private final Map<String, long[]> assumed;
    private final Shapes shapes;
    private final long batch;
    /** The same network with the branch that is always taken in the place of each If; {@code null} if there is none. */
    private final CostCount taken;

    CostCount(OnnxModel model, Shapes declared) {
        this.taken = taken(model, declared);
        this.graph = model.graph();
        this.assumed = AssumedSizes.of(graph, declared, 1);
        this.shapes = assumed.isEmpty() ? declared : Shapes.infer(model, assumed);
        this.batch = new FixedBatch(graph, shapes).size();
    }

    private static CostCount taken(OnnxModel model, Shapes declared) {
        if (!Branches.hasIf(model)) {
            return null;
        }
        OnnxModel inlined = model.copy();
        return Branches.inline(inlined, declared) > 0 ? new CostCount(inlined, Shapes.infer(inlined)) : null;
    }

    Costs count() {
        List<LayerCost> rows = rows();
        Map<String, Tensor> stored = stored();
        Set<String> scales = new HashSet<>();
        Set<String> quantized = new HashSet<>();
        for (Node node : graph.nodes()) {
            Operator operator = Operators.of(node);
            Arrays.stream(operator.parameters().scales()).forEach(i -> scales.add(node.input(i)));
            Arrays.stream(operator.parameters().integers()).forEach(i -> quantized.add(node.input(i)));
        }
        long parameters = 0;
        long bytes = 0;
        for (Map.Entry<String, Tensor> entry : stored.entrySet()) {
            Tensor tensor = entry.getValue();
            String name = entry.getKey();
            boolean trained = tensor.type().isFloatingPoint() ? !scales.contains(name) : quantized.contains(name);
            parameters += trained ? tensor.count() : 0;
            bytes += tensor.type() == ElementType.STRING ? 0 : tensor.type().bytes(tensor.count());
        }
        return new Costs(rows, parameters, bytes, assumed, this);
    }

    private List<LayerCost> rows() {
        List<LayerCost> rows = new ArrayList<>();
        graph.nodes().forEach(node -> row(node).ifPresent(rows::add));
        return rows;
    }

    /** Initializers, and what Constant nodes hold unless it is a single number. */
    private Map<String, Tensor> stored() {
        Map<String, Tensor> stored = new HashMap<>(graph.initializers());
        if (taken != null) {
            taken.stored().forEach(stored::putIfAbsent);
        }
        for (Node node : graph.nodes()) {
            if (node.is("Constant")) {
                graph.constant(node.output(0))
                        .filter(tensor -> tensor.count() > 1)
                        .ifPresent(tensor -> stored.put(node.output(0), tensor));
            }
        }
        return stored;
    }

    private Optional<LayerCost> row(Node node) {
        if (Operators.of(node).multiplies()) {
            return Optional.of(product(node));
        }
        Set<String> inner = new TreeSet<>();
        node.subgraphs().forEach(subgraph -> collectProducts(subgraph, inner));
        Optional<LayerCost> branch = inner.isEmpty() ? Optional.empty() : branch(node);
        if (branch.isPresent()) {
            return branch;
        }
        if (!inner.isEmpty()) {
            return Optional.of(uncounted(
                    node, "how often its sub-graphs run, which hold " + String.join(", ", inner) + ", is not known"));
        }
        return !Operators.know(node) && readsWeight(node)
                ? Optional.of(uncounted(node, "operator " + name(node) + ", which reads a stored tensor, is not known"))
                : Optional.empty();
    }

    /** What the branch of an If costs that it always takes; empty if that is not known. */
    private Optional<LayerCost> branch(Node node) {
        if (taken == null || !node.is("If") || taken.graph.contains(node)) {
            return Optional.empty();
        }
        List<LayerCost> inside =
                taken.rows().stream().filter(row -> isOf(row.node(), node)).toList();
        return Optional.of(new LayerCost(
                node,
                node.op(),
                inside.stream().mapToLong(LayerCost::macs).sum(),
                inside.stream().mapToLong(LayerCost::parameters).sum(),
                new long[0],
                dims(node.output(0)) == null ? new long[0] : new Sizes(node, this::dims, batch).outputSample(),
                Optional.empty(),
                inside.stream()
                        .map(LayerCost::uncounted)
                        .filter(reason -> !reason.isEmpty())
                        .findFirst()
                        .orElse("")));
    }

    private static boolean isOf(Node inner, Node branch) {
        return Provenance.of(inner).stream()
                .anyMatch(
                        step -> step.name().equals(Branches.STEP) && step.from().equals(branch.label()));
    }

    private static String name(Node node) {
        return (node.domain().isEmpty() ? "" : node.domain() + ".") + node.op();
    }

    private static void collectProducts(GraphProto graph, Set<String> names) {
        for (NodeProto proto : graph.getNodeList()) {
            Node node = Node.of(proto);
            if (Operators.of(node).multiplies()) {
                names.add(node.op());
            }
            node.subgraphs().forEach(inner -> collectProducts(inner, names));
        }
    }

    /** Whether a node reads a stored tensor of more than one number, integers that set it up left aside. */
    private boolean readsWeight(Node node) {
        return IntStream.range(0, node.inputs().size())
                .mapToObj(i -> StoredWeight.behind(graph, node, i))
                .flatMap(Optional::stream)
                .map(StoredWeight::tensor)
                .anyMatch(t -> t.type().isFloatingPoint() && t.count() > 1);
    }

    private LayerCost product(Node node) {
        List<StoredWeight> weights = StoredWeight.all(graph, node);
        Sizes sizes = new Sizes(node, this::dims, batch);
        long macs = 0;
        String uncounted = "";
        try {
            macs = Operators.of(node).macs(sizes);
        } catch (UninferableException e) {
            uncounted = e.getMessage();
        } catch (ArithmeticException e) {
            throw new InvalidModelException("the costs of node '" + node.label() + "' overflow 64 bits");
        } catch (RuntimeException e) {
            // Rules read attributes and dimensions as an operator should have them; a file may say anything.
            uncounted = "attributes and inputs of " + node.op() + " do not fit: " + e.getMessage();
        }
        long parameters = weights.stream().mapToLong(w -> w.tensor().count()).sum();
        for (int input : Operators.of(node).parameters().biases()) {
            parameters += weights.isEmpty()
                    ? 0
                    : graph.constant(node.input(input)).map(Tensor::count).orElse(0L);
        }
        return new LayerCost(
                node,
                node.op(),
                macs,
                parameters,
                weights.isEmpty() ? new long[0] : weights.get(0).tensor().dims(),
                dims(node.output(0)) == null ? new long[0] : sizes.outputSample(),
                weights.stream().findFirst(),
                uncounted);
    }

    /** MACs of a node whose values have other sizes. */
    long macs(Node node, BiFunction<String, long[], long[]> sizes) {
        return Operators.of(node)
                .macs(new Sizes(
                        node,
                        value -> {
                            long[] dims = dims(value);
                            return dims == null ? null : sizes.apply(value, dims);
                        },
                        batch));
    }

    private LayerCost uncounted(Node node, String reason) {
        long[] output = dims(node.output(0)) == null ? new long[0] : new Sizes(node, this::dims, batch).outputSample();
        return new LayerCost(node, node.op(), 0, 0, new long[0], output, Optional.empty(), reason);
    }

    private long[] dims(String value) {
        return shapes.of(value).map(s -> s.sized(1)).orElse(null);
    }
}
