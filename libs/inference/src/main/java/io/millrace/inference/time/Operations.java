package io.millrace.inference.time;

import io.millrace.inference.time.Operation.Operand;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.cost.AssumedSizes;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The steps of a network as the runtime computes it. What it fuses into one kernel is one step: a convolution or matrix
 * product with its normalisation, a residual that is added and the activation; and around operators in integers the
 * conversions. What can be told before the network runs (stored tensors and what is made of them, shapes) takes no time.
 *
 * @param steps in the order of the graph
 * @param unknown steps whose sizes are not known, by the value they make, with the reason
 */
record Operations(List<Operation> steps, Map<String, String> unknown) {

    /**
     * @param sizes of inputs, in place of the ones the model declares
     * @param batch what an open first dimension becomes
     */
    static Operations of(OnnxModel model, Map<String, long[]> sizes, int batch) {
        Shapes declared = Shapes.infer(model, sizes);
        Map<String, long[]> known = new LinkedHashMap<>(AssumedSizes.of(model.graph(), declared, batch));
        known.putAll(sizes);
        return new Partition(model, known.isEmpty() ? declared : Shapes.infer(model, known)).operations();
    }

    /** Cuts one network into its steps. */
    private static final class Partition {
        private static final Set<String> PRODUCTS = Set.of("Conv", "ConvTranspose", "Gemm", "MatMul");
        private static final Set<String> FUSED = Set.of(
                "BatchNormalization",
                "Relu",
                "Clip",
                "LeakyRelu",
                "Sigmoid",
                "Tanh",
                "HardSigmoid",
                "Add",
                "QuantizeLinear");
        private static final int SMALL = 4096;

        private final OnnxModel model;
        private final Graph graph;
        private final Shapes shapes;
        private final Map<Node, Integer> order = new IdentityHashMap<>();
        private final Set<String> constants;
        private final Set<Node> taken = new HashSet<>();

        Partition(OnnxModel model, Shapes shapes) {
            this.model = model;
            this.graph = model.graph();
            this.shapes = shapes;
            graph.nodes().forEach(node -> order.put(node, order.size()));
            this.constants = constants();
        }

        private Set<String> constants() {
            Set<String> known = new HashSet<>(graph.initializers().keySet());
            for (Node node : graph.nodes()) {
                if (known.containsAll(node.reads())
                        || node.outputs().stream()
                                .allMatch(v -> shapes.elements(v).isPresent())) {
                    known.addAll(node.outputs());
                }
            }
            return known;
        }

        Operations operations() {
            List<Operation> steps = new ArrayList<>();
            Map<String, String> unknown = new LinkedHashMap<>();
            for (Node node : graph.nodes()) {
                // What converts to floats is a part of the step that reads them.
                boolean free = constants.containsAll(node.outputs()) || node.is("DequantizeLinear", "Identity");
                if (!free && taken.add(node)) {
                    List<Node> fused = fusedInto(node);
                    String output = fused.get(fused.size() - 1).output(0);
                    try {
                        steps.add(step(output, fused));
                    } catch (UnknownSizeException e) {
                        unknown.put(output, e.getMessage());
                    }
                }
            }
            return new Operations(steps, unknown);
        }

        /** The node, before it the conversions of what it reads, behind it what is fused into it. */
        private List<Node> fusedInto(Node node) {
            List<Node> nodes = new ArrayList<>();
            for (String input : node.inputs()) {
                Node producer = graph.producer(input);
                if (producer != null && producer.is("DequantizeLinear") && !nodes.contains(producer)) {
                    nodes.add(producer);
                }
            }
            nodes.add(node);
            Optional<Node> next = follower(node, node);
            while (next.isPresent()) {
                taken.add(next.get());
                for (String input : next.get().inputs()) {
                    Node producer = graph.producer(input);
                    if (producer != null && producer.is("DequantizeLinear") && !nodes.contains(producer)) {
                        nodes.add(producer);
                    }
                }
                nodes.add(next.get());
                next = follower(node, next.get());
            }
            return nodes;
        }

        private Optional<Node> follower(Node first, Node last) {
            List<Node> readers = graph.consumers(last.output(0));
            if (readers.size() != 1 || graph.isOutput(last.output(0)) || last.is("QuantizeLinear")) {
                return Optional.empty();
            }
            Node reader = readers.get(0);
            boolean product = PRODUCTS.contains(first.op()) && first.domain().isEmpty();
            boolean fits = product ? reader.is(FUSED.toArray(String[]::new)) : reader.is("QuantizeLinear", "Relu");
            return fits && !taken.contains(reader) && computedBefore(first, last, reader)
                    ? Optional.of(reader)
                    : Optional.empty();
        }

        /** Whether all else that a reader reads is there when the first node begins. */
        private boolean computedBefore(Node first, Node last, Node reader) {
            return reader.inputs().stream()
                    .filter(input -> !input.isEmpty() && !input.equals(last.output(0)) && !constants.contains(input))
                    .map(graph::producer)
                    .allMatch(producer -> producer == null || order.get(producer) < order.get(first));
        }

        private Operation step(String output, List<Node> nodes) {
            Map<String, String> names = new LinkedHashMap<>();
            Map<String, Operand> operands = new LinkedHashMap<>();
            Map<String, Shape> made = new LinkedHashMap<>();
            List<Node> renamed = new ArrayList<>();
            int computed = 0;
            int stored = 0;
            for (Node node : nodes) {
                if (!node.captured().isEmpty()) {
                    throw new UnknownSizeException("its sub-graphs read values from outside");
                }
                for (String input : node.inputs()) {
                    if (!input.isEmpty() && !names.containsKey(input)) {
                        Operand operand = operand(input, node);
                        String name = operand.stored() ? "w" + stored++ : "x" + computed++;
                        names.put(input, name);
                        operands.put(name, operand);
                    }
                }
                for (String value : node.outputs()) {
                    names.put(value, value.isEmpty() ? "" : "v" + names.size());
                }
                renamed.add(node.withName("")
                        .withInputs(node.inputs().stream()
                                .map(value -> names.getOrDefault(value, ""))
                                .toList())
                        .withOutputs(node.outputs().stream().map(names::get).toList()));
            }
            Node last = nodes.get(nodes.size() - 1);
            last.outputs().stream()
                    .filter(value -> !value.isEmpty())
                    .forEach(
                            value -> made.put(names.get(value), shapes.of(value).orElse(null)));
            return new Operation(output, renamed, operands, made, model.origin());
        }

        private Operand operand(String value, Node reader) {
            Shape shape = shapes.of(value)
                    .orElseThrow(() -> new UnknownSizeException("the shape of " + value + " is not known"));
            Optional<Tensor> constant = known(value);
            if (!shape.known() && constant.isEmpty()) {
                throw new UnknownSizeException("the shape of " + value + " is open: " + shape);
            }
            boolean stored = constants.contains(value);
            long[] dims = constant.map(Tensor::dims).orElseGet(() -> shape.sized(1));
            return new Operand(
                    shape.type(),
                    dims,
                    stored,
                    constant.filter(tensor -> decides(tensor, reader)).orElse(null));
        }

        private Optional<Tensor> known(String value) {
            Optional<Tensor> stored = graph.constant(value);
            if (stored.isPresent() || !constants.contains(value)) {
                return stored;
            }
            return shapes.elements(value)
                    .filter(elements -> elements.stream().allMatch(Dim::known))
                    .filter(elements -> shapes.of(value).orElseThrow().known())
                    .map(elements -> Tensor.ofLongs(
                                    elements.stream().mapToLong(Dim::value).toArray(),
                                    shapes.of(value).orElseThrow().sized(1))
                            .as(shapes.of(value).orElseThrow().type()));
        }

        /** Whether it matters what the numbers are: bounds, axes, shapes; not weights, and not scales of integers. */
        private static boolean decides(Tensor tensor, Node reader) {
            boolean scales = reader.op().contains("Linear") || reader.op().contains("Integer");
            return !scales
                    && (tensor.type().isFloatingPoint()
                            ? tensor.count() == 1
                            : tensor.count() <= SMALL && tensor.type().bytes(1) >= 4);
        }
    }

    private static final class UnknownSizeException extends RuntimeException {
        UnknownSizeException(String message) {
            super(message);
        }
    }
}
