package io.millrace.onnx.cost;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How large the weights of layers are, and which are out of proportion: a fit that the data does not determine, or a
 * training that runs away, leaves a layer many times the size of the others. Such a network may answer well on what it
 * was fitted to, and neither trains nor quantizes.
 */
public final class WeightSizes {
    private static final double ABSURD = 10;
    private static final double OUT_OF_PROPORTION = 20;

    private WeightSizes() {}

    /**
     * {@return the largest absolute weight of each layer, by label}
     *
     * @param model the model, which stays as it is
     */
    public static Map<String, Double> of(OnnxModel model) {
        Graph graph = model.graph();
        Map<String, Double> sizes = new LinkedHashMap<>();
        for (Node node : graph.nodes()) {
            if (node.is("Conv", "ConvTranspose", "Gemm", "MatMul")) {
                graph.constant(node.input(1))
                        .filter(weight -> weight.type().isFloatingPoint())
                        .ifPresent(weight -> sizes.put(node.label(), largest(weight)));
            }
        }
        return sizes;
    }

    /**
     * {@return a sentence for each layer whose weights are absurd beside those of the other layers}
     *
     * @param model the model, which stays as it is
     */
    public static List<String> outOfProportion(OnnxModel model) {
        Map<String, Double> sizes = of(model);
        double[] sorted = sizes.values().stream()
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        List<String> notes = new ArrayList<>();
        if (sorted.length > 2) {
            double typical = sorted[sorted.length / 2];
            sizes.forEach((layer, size) -> {
                if (!(size <= ABSURD) && !(size <= OUT_OF_PROPORTION * typical)) {
                    notes.add("the weights of %s reach %.4g, where those of half of the layers stay below %.3g"
                            .formatted(layer, size, typical));
                }
            });
        }
        return notes;
    }

    /**
     * {@return a sentence for each layer whose weights have grown absurdly}
     *
     * @param before the model as it was
     * @param after the same model with other weights
     */
    public static List<String> outgrown(OnnxModel before, OnnxModel after) {
        Map<String, Double> old = of(before);
        List<String> notes = new ArrayList<>();
        of(after).forEach((layer, size) -> {
            Double was = old.get(layer);
            if (was != null && !(size <= ABSURD) && !(size <= ABSURD * was)) {
                notes.add("the weights of %s grew from %.4g to %.4g".formatted(layer, was, size));
            }
        });
        return notes;
    }

    private static double largest(Tensor weight) {
        double largest = 0;
        for (float value : weight.floats()) {
            largest = Math.abs(value) <= largest ? largest : Math.abs(value);
        }
        return largest;
    }
}
