package io.millrace.onnx.cost;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.shape.Shapes;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a model costs for one sample: multiply-accumulate operations (MACs) of its layers, parameters, bytes. */
public final class Costs {
    private final List<LayerCost> layers;
    private final Map<Node, LayerCost> byNode = new IdentityHashMap<>();
    private final long parameters;
    private final long bytes;
    private final Map<String, long[]> assumed;

    Costs(List<LayerCost> layers, long parameters, long bytes, Map<String, long[]> assumed) {
        this.layers = List.copyOf(layers);
        layers.forEach(layer -> byNode.put(layer.node(), layer));
        this.parameters = parameters;
        this.bytes = bytes;
        this.assumed = assumed;
    }

    /**
     * Counts the costs of a model's main graph.
     *
     * @throws io.millrace.onnx.InvalidModelException if a layer's costs overflow 64 bits
     */
    public static Costs of(OnnxModel model) {
        return of(model, Shapes.infer(model));
    }

    /** Counts the costs of a model whose shapes are known already, as its inputs are declared. */
    public static Costs of(OnnxModel model, Shapes declared) {
        return new CostCount(model, declared).count();
    }

    /** Conv, ConvTranspose, Gemm and MatMul with a stored weight, in the order of the graph. */
    public List<LayerCost> layers() {
        return layers;
    }

    /** The cost of one layer. */
    public Optional<LayerCost> of(Node layer) {
        return Optional.ofNullable(byNode.get(layer));
    }

    /** MACs of all layers for one sample. */
    public long macs() {
        return layers.stream().mapToLong(LayerCost::macs).reduce(0, Costs::sum);
    }

    private static long sum(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    /** Number of trained values: elements of floating-point tensors, and of integer tensors that stand for them. */
    public long parameters() {
        return parameters;
    }

    /** Bytes of all stored tensors. */
    public long bytes() {
        return bytes;
    }

    /** The sizes that were assumed for inputs whose shape the model leaves open, by input name. */
    public Map<String, long[]> assumed() {
        return assumed;
    }
}
