package io.millrace.onnx.cost;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Counts the costs of one model. */
final class CostCount {
    private final Graph graph;
    private final Map<String, long[]> assumed;
    private final Shapes shapes;
    private final long batch;

    CostCount(OnnxModel model, Shapes declared) {
        this.graph = model.graph();
        this.assumed = AssumedSizes.of(graph, declared, 1);
        this.shapes = assumed.isEmpty() ? declared : Shapes.infer(model, assumed);
        this.batch = fixedBatch();
    }

    Costs count() {
        List<LayerCost> layers = new ArrayList<>();
        graph.nodes().forEach(node -> layer(node).ifPresent(layers::add));
        Map<String, Tensor> stored = stored();
        Set<String> scales = new HashSet<>();
        Set<String> quantized = new HashSet<>();
        graph.nodes().forEach(node -> QuantizedOperands.collect(node, scales, quantized));
        long parameters = 0;
        long bytes = 0;
        for (Map.Entry<String, Tensor> entry : stored.entrySet()) {
            Tensor tensor = entry.getValue();
            String name = entry.getKey();
            boolean trained = tensor.type().isFloatingPoint() ? !scales.contains(name) : quantized.contains(name);
            parameters += trained ? tensor.count() : 0;
            bytes += tensor.type() == ElementType.STRING ? 0 : tensor.type().bytes(tensor.count());
        }
        return new Costs(layers, parameters, bytes, assumed);
    }

    /** Initializers, and what Constant nodes hold unless it is a single number. */
    private Map<String, Tensor> stored() {
        Map<String, Tensor> stored = new HashMap<>(graph.initializers());
        for (Node node : graph.nodes()) {
            if (node.is("Constant")) {
                graph.constant(node.output(0))
                        .filter(tensor -> tensor.count() > 1)
                        .ifPresent(tensor -> stored.put(node.output(0), tensor));
            }
        }
        return stored;
    }

    private Optional<LayerCost> layer(Node node) {
        return StoredWeight.of(graph, node).map(weight -> {
            long[] output = sample(node.output(0));
            long bias = Optional.of(weight.biasInput(node))
                    .filter(i -> i > 0)
                    .flatMap(i -> graph.constant(node.input(i)))
                    .map(Tensor::count)
                    .orElse(0L);
            long macs = shapes.of(node.output(0)).isEmpty() ? 0 : exact(node, weight, output);
            return new LayerCost(
                    node,
                    node.op(),
                    macs,
                    weight.tensor().count() + bias,
                    weight.tensor().dims(),
                    output);
        });
    }

    private long exact(Node node, StoredWeight weight, long[] output) {
        try {
            return macs(node, weight, output);
        } catch (ArithmeticException e) {
            throw new InvalidModelException("the costs of node '" + node.label() + "' overflow 64 bits");
        }
    }

    private long macs(Node node, StoredWeight weight, long[] output) {
        return switch (node.op()) {
            case "ConvTranspose" -> Math.multiplyExact(product(sample(node.input(0))), kernel(weight));
            case "Gemm" ->
                Math.multiplyExact(product(output), inner(node.input(0), node.intAttribute("transA", 0) == 0 ? -1 : 0));
            case "Conv", "ConvInteger", "QLinearConv" -> Math.multiplyExact(product(output), kernel(weight));
            default -> Math.multiplyExact(product(output), inner(node.input(0), -1));
        };
    }

    private static long kernel(StoredWeight weight) {
        long[] dims = weight.tensor().dims();
        return product(Arrays.copyOfRange(dims, 1, dims.length));
    }

    private long inner(String value, int axis) {
        return shapes.of(value)
                .filter(s -> s.rank() > 0)
                .map(s -> s.dim(axis).sized(1))
                .orElse(0L);
    }

    private static long product(long[] dims) {
        return Arrays.stream(dims).reduce(1, Math::multiplyExact);
    }

    /** Dimensions of a value for one sample; empty if they are not known. */
    private long[] sample(String value) {
        long[] dims = shapes.of(value).map(s -> s.sized(1)).orElse(new long[0]);
        if (dims.length > 0 && dims[0] % batch == 0) {
            dims[0] /= batch;
        }
        return dims;
    }

    /** The batch that all inputs agree on; 1 if they do not. */
    private long fixedBatch() {
        long common = 0;
        for (var input : graph.inputs()) {
            Shape shape = shapes.of(input.getName()).orElse(null);
            if (shape != null && shape.rank() > 1) {
                long size = shape.dim(0).sized(1);
                if (common != 0 && common != size) {
                    return 1;
                }
                common = size;
            }
        }
        return Math.max(1, common);
    }
}
