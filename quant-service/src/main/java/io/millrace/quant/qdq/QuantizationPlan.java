package io.millrace.quant.qdq;

import io.millrace.onnx.Node;
import io.millrace.quant.calibration.Range;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What of a model is quantized, decided before any value is known. Made by {@link Planner}. */
public final class QuantizationPlan {
    final Map<Node, QuantizableLayer> layers = new LinkedHashMap<>();
    /** All nodes that are to run in integers, layers among them. */
    final Set<Node> nodes = new LinkedHashSet<>();
    /** Node and the activation behind it that its range makes superfluous. */
    final Map<Node, Node> fused = new HashMap<>();
    /** Values that get Quantize- and DequantizeLinear. */
    final Set<String> values = new LinkedHashSet<>();
    /** Value and the value whose encoding it shares, because its node only moves data. */
    final Map<String, String> sharedWith = new HashMap<>();

    final Map<String, String> twins = new HashMap<>();
    final Map<String, Range> bounds = new HashMap<>();
    final Map<String, String> declined = new LinkedHashMap<>();
    final Map<String, Integer> leftInFloat = new LinkedHashMap<>();

    /** The layers that are quantized. */
    public List<QuantizableLayer> layers() {
        return new ArrayList<>(layers.values());
    }

    /** Layers that stay in float, by label, with the reason. */
    public Map<String, String> declined() {
        return declined;
    }

    /** How many nodes of other operators compute in float, by operator. */
    public Map<String, Integer> leftInFloat() {
        return leftInFloat;
    }

    /** The values whose distribution decides the encodings. */
    public Set<String> observed() {
        Set<String> roots = new LinkedHashSet<>();
        values.forEach(v -> roots.add(root(v)));
        return roots;
    }

    /** The layers that read the stored weight of this one, itself among them. */
    List<QuantizableLayer> readersOf(QuantizableLayer layer) {
        return layers.values().stream()
                .filter(other -> other.storedAs().equals(layer.storedAs()))
                .toList();
    }

    /** Which value's encoding a value has: of several that are made alike by shared weights, always the same one. */
    public String encodedAs(String value) {
        return twins.getOrDefault(value, value);
    }

    /** What an activation that disappears into the range of this value lets pass. */
    public Range bounds(String value) {
        return bounds.getOrDefault(value, Range.EVERYTHING);
    }

    String root(String value) {
        String root = value;
        while (sharedWith.containsKey(root)) {
            root = sharedWith.get(root);
        }
        return root;
    }
}
