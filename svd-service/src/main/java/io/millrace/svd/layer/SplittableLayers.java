package io.millrace.svd.layer;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.cost.LayerCost;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The layers of a model that can be decomposed, in execution order, and the reasons of those that cannot.
 *
 * @param declined reason by the layer's name
 */
public record SplittableLayers(List<Layer> layers, Map<String, String> declined) {

    /** A node that reads a stored weight. */
    private record Reader(LayerCost cost, Operand operand) {
        Node node() {
            return cost.node();
        }
    }

    public static SplittableLayers of(OnnxModel model) {
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
        List<Layer> layers = new ArrayList<>();
        byWeight.forEach((weight, readers) -> {
            Optional<String> obstacle = obstacle(model.graph(), weight, readers);
            if (obstacle.isPresent()) {
                readers.forEach(reader -> declined.put(reader.node().label(), obstacle.get()));
            } else {
                layers.add(layer(readers, shapes));
            }
        });
        return new SplittableLayers(layers, declined);
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
        if (readers.stream()
                        .map(reader -> reader.operand().transposed())
                        .distinct()
                        .count()
                > 1) {
            return Optional.of(
                    "its weight %s is multiplied as it is by one layer and transposed by another".formatted(weight));
        }
        boolean alike = nodes.stream()
                        .map(node -> node.op() + node.intAttribute("group", 1))
                        .distinct()
                        .count()
                == 1;
        return alike || nodes.get(0).is("Gemm", "MatMul")
                ? Optional.empty()
                : Optional.of("its weight %s is read by layers of different kinds".formatted(weight));
    }

    private static Optional<String> obstacle(Reader reader) {
        Node node = reader.node();
        Tensor weight = reader.operand().tensor();
        boolean convolution = node.is("Conv", "ConvTranspose");
        if (!node.is("Conv", "ConvTranspose", "Gemm", "MatMul")) {
            return Optional.of(node.op() + " is not decomposed; Conv, ConvTranspose, Gemm and MatMul are");
        }
        if (!weight.type().isFloatingPoint()) {
            return Optional.of("its weight is of type " + weight.type() + ", not of floating point");
        }
        if (convolution && reader.operand().transposed()) {
            return Optional.of("its weight is stored transposed");
        }
        if (!convolution && weight.rank() != 2) {
            return Optional.of("its weight has %d axes, not 2".formatted(weight.rank()));
        }
        if (node.is("ConvTranspose") && node.intsAttribute("output_shape").length > 0) {
            return Optional.of("its attribute output_shape fixes the size of the map");
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

    private static Layer layer(List<Reader> readers, Shapes shapes) {
        Operand operand = readers.get(0).operand();
        Layer.Kind kind =
                switch (readers.get(0).node().op()) {
                    case "Conv" -> Layer.Kind.CONVOLUTION;
                    case "ConvTranspose" -> Layer.Kind.TRANSPOSED;
                    default -> Layer.Kind.MATRIX;
                };
        List<Layer.Use> uses = readers.stream()
                .map(reader -> kind == Layer.Kind.MATRIX ? rows(reader) : map(reader, shapes))
                .toList();
        return new Layer(kind, uses, operand.tensor(), operand.transposed());
    }

    private static Layer.Use rows(Reader reader) {
        long[] rows = {reader.cost().macs() / reader.operand().tensor().count()};
        return new Layer.Use(reader.node(), rows, rows);
    }

    private static Layer.Use map(Reader reader, Shapes shapes) {
        Node node = reader.node();
        long[] shape = reader.cost().outputShape();
        int axes = reader.operand().tensor().rank() - 2;
        long[] output = Arrays.copyOfRange(shape, shape.length - axes, shape.length);
        long[] in = shapes.of(node.input(0)).map(s -> s.sized(1)).orElse(null);
        long[] input = in == null ? output.clone() : Arrays.copyOfRange(in, in.length - axes, in.length);
        long[] strides = node.intsAttribute("strides");
        if (in == null && strides.length > 0) {
            for (int axis = 0; axis < axes; axis++) {
                input[axis] = node.is("Conv") ? output[axis] * strides[axis] : output[axis] / strides[axis];
            }
        }
        return new Layer.Use(node, input, output);
    }
}
