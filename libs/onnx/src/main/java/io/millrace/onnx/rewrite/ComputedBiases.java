package io.millrace.onnx.rewrite;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Stores biases that a model computes though they never change: torch's newer exporter writes a bias of zeros as an
 * expanded scalar. A zero is dropped, any other number becomes a stored tensor.
 */
public final class ComputedBiases {
    private ComputedBiases() {}

    /**
     * Rewrites every such bias of a Conv or ConvTranspose with a stored weight. Changes the model it is given.
     *
     * @param model the model, which is changed
     * @return labels of the layers that were changed
     */
    public static List<String> store(OnnxModel model) {
        Graph graph = model.graph();
        List<String> changed = new ArrayList<>();
        for (Node node : graph.nodes()) {
            String bias = node.input(2);
            Tensor weight = node.is("Conv", "ConvTranspose")
                    ? graph.constant(node.input(1)).orElse(null)
                    : null;
            if (weight == null || bias.isEmpty() || graph.constant(bias).isPresent()) {
                continue;
            }
            OptionalDouble number = Uniform.valueOf(graph, bias);
            if (number.isPresent()) {
                Patch patch = Patch.of(graph, "store-bias");
                patch.replace(node, with(patch, node, weight, (float) number.getAsDouble()))
                        .apply();
                changed.add(node.label());
            }
        }
        return changed;
    }

    private static Node with(Patch patch, Node node, Tensor weight, float number) {
        if (number == 0) {
            return node.withInputs(node.inputs().subList(0, 2));
        }
        long channels = node.is("Conv") ? weight.dim(0) : weight.dim(1) * node.intAttribute("group", 1);
        float[] values = new float[(int) channels];
        Arrays.fill(values, number);
        Tensor bias = Tensor.ofFloats(values, channels).as(weight.type());
        return node.withInput(2, patch.store(node.label() + "_bias", bias));
    }
}
