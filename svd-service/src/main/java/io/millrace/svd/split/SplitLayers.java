package io.millrace.svd.split;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.cost.LayerCost;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The layers of a model that can be split, in execution order, and the reasons of those that cannot.
 *
 * @param declined reason by the layer's name
 */
public record SplitLayers(List<SplitLayer> layers, Map<String, String> declined) {

    public static SplitLayers of(OnnxModel model) {
        Shapes shapes = Shapes.infer(model);
        List<SplitLayer> layers = new ArrayList<>();
        Map<String, String> declined = new LinkedHashMap<>();
        for (LayerCost cost : Costs.of(model).layers()) {
            Node node = cost.node();
            Optional<String> obstacle = obstacle(model, cost);
            if (obstacle.isPresent()) {
                declined.put(node.label(), obstacle.get());
            } else {
                layers.add(layer(model, cost, shapes));
            }
        }
        return new SplitLayers(layers, declined);
    }

    private static Optional<String> obstacle(OnnxModel model, LayerCost cost) {
        Node node = cost.node();
        Optional<Tensor> weight = model.graph().constant(node.input(1));
        if (!node.is("Conv", "Gemm", "MatMul")) {
            return Optional.of(cost.operator() + " is not split by SVD; Conv, Gemm and MatMul are");
        }
        if (weight.isEmpty()) {
            return Optional.of("its weight " + node.input(1) + " is computed, not stored in the model");
        }
        if (!weight.get().type().isFloatingPoint()) {
            return Optional.of("its weight is of type " + weight.get().type() + ", not of floating point");
        }
        if (node.is("Conv") && node.intAttribute("group", 1) != 1) {
            return Optional.of("grouped convolution (group %d)".formatted(node.intAttribute("group", 1)));
        }
        if (node.is("Conv") && weight.get().rank() > 4) {
            return Optional.of("convolution over %d axes".formatted(weight.get().rank() - 2));
        }
        if (!node.is("Conv") && weight.get().rank() != 2) {
            return Optional.of(
                    "its weight has %d axes, not 2".formatted(weight.get().rank()));
        }
        return cost.macs() > 0
                ? Optional.empty()
                : Optional.of("its cost is not known: the shape of its output is open");
    }

    private static SplitLayer layer(OnnxModel model, LayerCost cost, Shapes shapes) {
        Node node = cost.node();
        Tensor weight = model.graph().constant(node.input(1)).orElseThrow();
        long output = cost.macs() / weight.count();
        if (!node.is("Conv")) {
            return new MatrixSvd(node, weight, output);
        }
        if (weight.rank() == 3) {
            return new SpatialSvd(node, weight, new SpatialSvd.Positions(output, output, output));
        }
        long[] shape = cost.outputShape();
        long width = shape[shape.length - 1];
        long height = shape[shape.length - 2];
        long[] in = shapes.of(node.input(0)).map(s -> s.sized(1)).orElse(null);
        long inputWidth = in == null ? width * node.intsAttribute("strides", 1, 1)[1] : in[3];
        long inputHeight = in == null ? height * node.intsAttribute("strides", 1, 1)[0] : in[2];
        return new SpatialSvd(
                node, weight, new SpatialSvd.Positions(inputHeight * inputWidth, output / width * inputWidth, output));
    }
}
