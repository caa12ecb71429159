package io.millrace.onnx.cost;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.shape.Shapes;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * What a model costs for one sample: multiply-accumulate operations (MACs) of its layers and of products of computed
 * values (attention), parameters, bytes. Where a node's operations cannot be told, {@link #uncounted()} has it, and what
 * is said of the whole is {@linkplain #isPartial() partial}.
 */
public final class Costs {
    private final List<LayerCost> rows;
    private final Map<Node, LayerCost> byNode = new IdentityHashMap<>();
    private final long parameters;
    private final long bytes;
    private final Map<String, long[]> assumed;
    private final CostCount count;

    Costs(List<LayerCost> rows, long parameters, long bytes, Map<String, long[]> assumed, CostCount count) {
        this.rows = List.copyOf(rows);
        rows.forEach(row -> byNode.put(row.node(), row));
        this.parameters = parameters;
        this.bytes = bytes;
        this.assumed = assumed;
        this.count = count;
    }

    /**
     * Counts the costs of a model's main graph.
     *
     * @param model the model, which stays as it is
     * @return the costs, layer by layer
     * @throws io.millrace.onnx.InvalidModelException if a layer's costs overflow 64 bits
     */
    public static Costs of(OnnxModel model) {
        return of(model, Shapes.infer(model));
    }

    /**
     * Counts the costs of a model whose shapes are known already, as its inputs are declared.
     *
     * @param model the model, which stays as it is
     * @param declared shapes of the model, as its inputs are declared
     * @return the costs, layer by layer
     */
    public static Costs of(OnnxModel model, Shapes declared) {
        return new CostCount(model, declared).count();
    }

    /** {@return all nodes that multiply, and those whose operations are not counted, in the order of the graph} */
    public List<LayerCost> rows() {
        return rows;
    }

    /**
     * {@return convolutions, matrix products, recurrent layers and the like with a stored weight, in the order of the
     * graph}
     */
    public List<LayerCost> layers() {
        return rows.stream().filter(row -> row.weight().isPresent()).toList();
    }

    /** {@return nodes that multiply, or may, and whose operations are not counted; each says why} */
    public List<LayerCost> uncounted() {
        return rows.stream().filter(row -> !row.isCounted()).toList();
    }

    /** {@return whether {@link #macs()} leaves out operations, and every ratio made of it with them} */
    public boolean isPartial() {
        return rows.stream().anyMatch(row -> !row.isCounted());
    }

    /**
     * {@return whether {@link #macs()} says anything: a network of which no node is counted has no figure, and not 0}
     */
    public boolean isCounted() {
        return rows.isEmpty() || rows.stream().anyMatch(LayerCost::isCounted);
    }

    /**
     * {@return the cost of one node; empty if it does not multiply}
     *
     * @param layer a node of the model
     */
    public Optional<LayerCost> of(Node layer) {
        return Optional.ofNullable(byNode.get(layer));
    }

    /** {@return MACs of all nodes that are counted for one sample} */
    public long macs() {
        return rows.stream().mapToLong(LayerCost::macs).reduce(0, Costs::sum);
    }

    /**
     * {@return MACs of one counted node if values had other sizes, as after a cut}
     *
     * @param row a row of these costs that is counted
     * @param sizes the dimensions of a value, made of its name and those it has
     */
    public long macs(LayerCost row, BiFunction<String, long[], long[]> sizes) {
        return count.macs(row.node(), sizes);
    }

    private static long sum(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    /**
     * {@return number of trained values: elements of floating-point tensors, and of integer tensors that stand for
     * them}
     */
    public long parameters() {
        return parameters;
    }

    /** {@return bytes of all stored tensors} */
    public long bytes() {
        return bytes;
    }

    /** {@return the sizes that were assumed for inputs whose shape the model leaves open, by input name} */
    public Map<String, long[]> assumed() {
        return assumed;
    }
}
