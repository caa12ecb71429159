package io.millrace.svd.split;

import io.millrace.onnx.Graph;
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

    /** A node that reads a stored weight. */
    private record Reader(LayerCost cost, Operand operand) {
        Node node() {
            return cost.node();
        }
    }

    public static SplitLayers of(OnnxModel model) {
        Costs costs = Costs.of(model);
        Shapes shapes = costs.assumed().isEmpty() ? Shapes.infer(model) : Shapes.infer(model, costs.assumed());
        Map<String, List<Reader>> byWeight = new LinkedHashMap<>();
        Map<String, String> declined = new LinkedHashMap<>();
        for (LayerCost cost : costs.layers()) {
            Operand operand = Operand.of(model.graph(), cost.node()).orElse(null);
            if (operand == null) {
                declined.put(cost.node().label(), "its weight is computed, not stored in the model");
            } else {
                byWeight.computeIfAbsent(operand.name(), name -> new ArrayList<>())
                        .add(new Reader(cost, operand));
            }
        }
        List<SplitLayer> layers = new ArrayList<>();
        byWeight.forEach((weight, readers) -> {
            Optional<String> obstacle = obstacle(model.graph(), weight, readers);
            if (obstacle.isPresent()) {
                readers.forEach(reader -> declined.put(reader.node().label(), obstacle.get()));
            } else {
                layers.add(layer(readers, shapes));
            }
        });
        return new SplitLayers(layers, declined);
    }

    private static Optional<String> obstacle(Graph graph, String weight, List<Reader> readers) {
        for (Reader reader : readers) {
            Optional<String> own = obstacle(reader);
            if (own.isPresent()) {
                return readers.size() == 1
                        ? own
                        : Optional.of("%s, which reads the same weight: %s"
                                .formatted(reader.node().label(), own.get()));
            }
        }
        List<Node> nodes = readers.stream().map(Reader::node).toList();
        Optional<String> other = Operand.otherReader(graph, weight, nodes);
        if (other.isPresent()) {
            return Optional.of("its weight %s is also read by %s, which would keep the whole of it"
                    .formatted(weight, other.get()));
        }
        boolean oneWay = readers.stream()
                        .map(reader -> reader.operand().transposed())
                        .distinct()
                        .count()
                == 1;
        return oneWay
                ? Optional.empty()
                : Optional.of("its weight %s is multiplied as it is by one layer and transposed by another"
                        .formatted(weight));
    }

    private static Optional<String> obstacle(Reader reader) {
        Node node = reader.node();
        Tensor weight = reader.operand().tensor();
        boolean convolution = node.is("Conv");
        if (!node.is("Conv", "Gemm", "MatMul")) {
            return Optional.of(node.op() + " is not split by SVD; Conv, Gemm and MatMul are");
        }
        if (!weight.type().isFloatingPoint()) {
            return Optional.of("its weight is of type " + weight.type() + ", not of floating point");
        }
        if (convolution && node.intAttribute("group", 1) != 1) {
            return Optional.of("grouped convolution (group %d)".formatted(node.intAttribute("group", 1)));
        }
        if (convolution && weight.rank() > 4) {
            return Optional.of("convolution over %d axes".formatted(weight.rank() - 2));
        }
        if (convolution && reader.operand().transposed()) {
            return Optional.of("its weight is stored transposed");
        }
        if (!convolution && weight.rank() != 2) {
            return Optional.of("its weight has %d axes, not 2".formatted(weight.rank()));
        }
        if (reader.cost().macs() <= 0) {
            return Optional.of("its cost is not known: the shape of its output is open");
        }
        return notFinite(weight.floats()).map(value -> "its weight %s holds %s"
                .formatted(reader.operand().name(), value));
    }

    private static Optional<Float> notFinite(float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return Optional.of(value);
            }
        }
        return Optional.empty();
    }

    private static SplitLayer layer(List<Reader> readers, Shapes shapes) {
        Operand operand = readers.get(0).operand();
        if (readers.get(0).node().is("Conv")) {
            return new SpatialSvd(
                    readers.stream()
                            .map(reader -> new SpatialSvd.Use(reader.node(), positions(reader, shapes)))
                            .toList(),
                    operand.tensor());
        }
        return new MatrixSvd(
                readers.stream()
                        .map(reader -> new MatrixSvd.Use(reader.node(), outputPositions(reader)))
                        .toList(),
                operand.tensor(),
                operand.transposed());
    }

    private static long outputPositions(Reader reader) {
        return reader.cost().macs() / reader.operand().tensor().count();
    }

    private static SpatialSvd.Positions positions(Reader reader, Shapes shapes) {
        Node node = reader.node();
        long output = outputPositions(reader);
        if (reader.operand().tensor().rank() == 3) {
            return new SpatialSvd.Positions(output, output, output);
        }
        long[] shape = reader.cost().outputShape();
        long width = shape[shape.length - 1];
        long height = shape[shape.length - 2];
        long[] in = shapes.of(node.input(0)).map(s -> s.sized(1)).orElse(null);
        long inputWidth = in == null ? width * node.intsAttribute("strides", 1, 1)[1] : in[3];
        long inputHeight = in == null ? height * node.intsAttribute("strides", 1, 1)[0] : in[2];
        return new SpatialSvd.Positions(inputHeight * inputWidth, output / width * inputWidth, output);
    }
}
