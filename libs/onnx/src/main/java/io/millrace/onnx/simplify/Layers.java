package io.millrace.onnx.simplify;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.rewrite.BatchNormFolding;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.Arrays;
import java.util.List;

/** Puts into a layer what is done right before or behind it: a shift, a scale, padding with zeros. */
final class Layers {
    private final Graph graph;
    private final Shapes shapes;

    private Layers(OnnxModel model) {
        graph = model.graph();
        shapes = Shapes.infer(model);
    }

    /** Changes the model it is given, and says how many nodes are gone. */
    static int fuse(OnnxModel model) {
        Layers work = new Layers(model);
        int fused = 0;
        for (Node node : model.graph().nodes()) {
            if (work.graph.contains(node)
                    && (work.channels(node) || work.matrixWithBias(node) || work.padded(node) || work.product(node))) {
                fused++;
            }
        }
        return fused;
    }

    /** A product or sum with one stored number a channel, behind a convolution or Gemm. */
    private boolean channels(Node node) {
        if (!node.is("Mul", "Add", "Sub", "Div")) {
            return false;
        }
        int data = graph.constantThrough(node.input(0)).isPresent() ? 1 : 0;
        Tensor operand = graph.constantThrough(node.input(1 - data)).orElse(null);
        Node layer = graph.producer(node.input(data));
        if (operand == null || layer == null || !layer.is("Conv", "ConvTranspose", "Gemm")) {
            return false;
        }
        Tensor weight = graph.constantThrough(layer.input(1)).orElse(null);
        boolean reversed = data == 1 && node.is("Sub", "Div");
        if (weight == null || reversed || !weight.type().isFloatingPoint() || operand.type() != weight.type()) {
            return false;
        }
        int rank = layer.is("Gemm") ? 2 : weight.rank();
        int channels = (int) BatchNormFolding.outputChannels(layer, weight);
        double[] numbers = perChannel(operand, rank, channels);
        if (numbers == null) {
            return false;
        }
        double[] slope = new double[channels];
        double[] offset = new double[channels];
        Arrays.fill(slope, 1);
        for (int c = 0; c < channels; c++) {
            switch (node.op()) {
                case "Mul" -> slope[c] = numbers[c];
                case "Div" -> slope[c] = 1 / numbers[c];
                case "Add" -> offset[c] = numbers[c];
                default -> offset[c] = -numbers[c];
            }
        }
        return BatchNormFolding.intoLayerBefore(graph, node, data, slope, offset);
    }

    /** One number for each channel along axis 1, {@code null} if the tensor is something else. */
    private static double[] perChannel(Tensor operand, int rank, int channels) {
        if (operand.rank() > rank || operand.count() != 1 && operand.count() != channels) {
            return null;
        }
        int axis = operand.rank() - (rank - 1);
        if (operand.count() > 1 && (axis < 0 || operand.dim(axis) != channels)) {
            return null;
        }
        float[] values = operand.floats();
        double[] numbers = new double[channels];
        Arrays.setAll(numbers, c -> values[values.length == 1 ? 0 : c]);
        return numbers;
    }

    /** MatMul and Add are one Gemm, where the data are a matrix and a stored row or a matrix of that size is added. */
    private boolean matrixWithBias(Node node) {
        if (!node.is("Add")) {
            return false;
        }
        for (int data = 0; data < 2; data++) {
            Node product = graph.producer(node.input(data));
            if (product != null && product.is("MatMul") && gemm(product, node, node.input(1 - data))) {
                return true;
            }
        }
        return false;
    }

    private boolean gemm(Node product, Node node, String added) {
        Tensor weight = graph.constant(product.input(1)).orElse(null);
        boolean matrices = weight != null
                && weight.rank() == 2
                && shapes.of(product.input(0)).filter(s -> s.dims().size() == 2).isPresent();
        if (!matrices
                || graph.isOutput(product.output(0))
                || graph.consumers(product.output(0)).size() != 1
                || !fits(added, product.output(0), weight.dim(1))) {
            return false;
        }
        Node gemm = Node.of("Gemm", product.name(), List.of(product.input(0), product.input(1), added), node.outputs());
        Patch.of(graph, "fuse-gemm").replace(List.of(product, node), gemm).apply();
        return true;
    }

    private boolean fits(String added, String product, long columns) {
        Tensor stored = graph.constant(added).orElse(null);
        if (stored != null) {
            return stored.rank() > 0
                    && stored.rank() <= 2
                    && stored.count() == stored.dim(stored.rank() - 1)
                    && (stored.count() == 1 || stored.count() == columns);
        }
        return shapes.of(added).isPresent()
                && shapes.of(added).map(Shape::dims).equals(shapes.of(product).map(Shape::dims));
    }

    private boolean padded(Node conv) {
        Node pad = conv.is("Conv", "AveragePool") ? graph.producer(conv.input(0)) : null;
        if (pad == null
                || !pad.is("Pad")
                || !pad.stringAttribute("mode", "constant").equals("constant")
                || !pad.input(3).isEmpty()
                || graph.isOutput(pad.output(0))
                || graph.consumers(pad.output(0)).size() != 1
                || !conv.stringAttribute("auto_pad", "NOTSET").equals("NOTSET")) {
            return false;
        }
        long[] pads = pad.input(1).isEmpty()
                ? pad.intsAttribute("pads", (long[]) null)
                : graph.constant(pad.input(1)).map(Tensor::longs).orElse(null);
        boolean zeros = pad.floatAttribute("value", 0) == 0
                && (pad.input(2).isEmpty()
                        || graph.constant(pad.input(2))
                                .filter(t -> t.floats()[0] == 0)
                                .isPresent());
        if (pads == null || !zeros || Arrays.stream(pads).anyMatch(p -> p < 0)) {
            return false;
        }
        int rank = pads.length / 2;
        if (rank < 3 || pads[0] + pads[1] + pads[rank] + pads[rank + 1] != 0) {
            return false;
        }
        long[] own = conv.intsAttribute("pads", new long[2 * (rank - 2)]);
        boolean pool = conv.is("AveragePool");
        if (pool
                && (conv.intAttribute("ceil_mode", 0) != 0 || Arrays.stream(own).anyMatch(p -> p != 0))) {
            return false;
        }
        for (int i = 0; i < rank - 2; i++) {
            own[i] += pads[i + 2];
            own[rank - 2 + i] += pads[rank + i + 2];
        }
        Node padded = conv.withInput(0, pad.input(0)).with("pads", own);
        Patch.of(graph, "fuse-padding")
                .replace(List.of(pad, conv), pool ? padded.with("count_include_pad", 1) : padded)
                .apply();
        return true;
    }

    /** Two products with one stored number each are one. */
    private boolean product(Node node) {
        Node before = node.is("Mul") ? graph.producer(node.input(0)) : null;
        if (before == null
                || !before.is("Mul")
                || graph.isOutput(before.output(0))
                || graph.consumers(before.output(0)).size() != 1) {
            return false;
        }
        Tensor first = graph.constant(before.input(1)).orElse(null);
        Tensor second = graph.constant(node.input(1)).orElse(null);
        if (!isNumber(first) || !isNumber(second) || first.type() != second.type()) {
            return false;
        }
        float number = first.floats()[0] * second.floats()[0];
        if (!(Math.abs(number) >= Float.MIN_NORMAL && Float.isFinite(number))) {
            return false;
        }
        Patch patch = Patch.of(graph, "merge-products");
        String stored = patch.store(node.output(0) + "_factor", Tensor.scalar(number));
        Node merged = node.withInputs(List.of(before.input(0), stored));
        patch.replace(List.of(before, node), merged).apply();
        return true;
    }

    private static boolean isNumber(Tensor tensor) {
        return tensor != null && tensor.rank() == 0 && tensor.type() == ElementType.FLOAT;
    }
}
