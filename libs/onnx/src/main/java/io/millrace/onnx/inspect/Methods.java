package io.millrace.onnx.inspect;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.channels.ChannelGroups;
import io.millrace.onnx.cost.LayerCost;
import io.millrace.onnx.operator.Operators;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Which methods can be applied to a layer, and why the others cannot. */
final class Methods {
    static final List<String> KNOWN =
            List.of("spatial-svd", "weight-svd", "tucker", "cp", "prune-out", "prune-in", "quantize");

    private final List<String> offered;
    private final Graph graph;
    private final ChannelGroups channels;

    Methods(Graph graph, ChannelGroups channels, Collection<String> offered) {
        this.offered = List.copyOf(offered);
        this.graph = graph;
        this.channels = channels;
    }

    /** Verdicts by the names that jobs use for the methods. */
    Map<String, Verdict> of(LayerCost layer) {
        Map<String, Verdict> verdicts = all(layer);
        verdicts.keySet().retainAll(offered);
        return verdicts;
    }

    private Map<String, Verdict> all(LayerCost layer) {
        Node node = layer.node();
        Map<String, Verdict> verdicts = new LinkedHashMap<>();
        if (layer.weight().isEmpty()) {
            KNOWN.forEach(method -> verdicts.put(method, Verdict.no("it has no stored weight")));
            return verdicts;
        }
        Optional<String> fixed = notSplit(node);
        Kernel kernel = new Kernel(layer.weightShape());
        boolean conv = node.is("Conv");
        verdicts.put("spatial-svd", Verdict.unless(fixed.or(() -> conv ? spatial(kernel) : Optional.empty())));
        verdicts.put("weight-svd", Verdict.unless(fixed));
        verdicts.put("tucker", Verdict.unless(fixed.or(() -> conv ? spread(kernel) : Optional.of(ONLY_CONV))));
        verdicts.put("cp", Verdict.unless(fixed.or(() -> conv ? plane(kernel) : Optional.of(ONLY_CONV))));
        verdicts.put(
                "prune-out",
                channels.groupOfOutput(node).isPresent()
                        ? Verdict.YES
                        : Verdict.no(channels.outputReason(node).orElse("its outputs are not followed")));
        verdicts.put(
                "prune-in",
                channels.groupOfInput(node).isPresent()
                        ? Verdict.YES
                        : Verdict.no(channels.inputReason(node).orElse("its inputs are not followed")));
        verdicts.put("quantize", Verdict.unless(notQuantized(node)));
        return verdicts;
    }

    private static final String ONLY_CONV = "for convolutions only; weight-svd does the same here";

    private Optional<String> notSplit(Node node) {
        if (!node.is("Conv", "Gemm", "MatMul")) {
            return Optional.of(node.op() + " is not split");
        }
        Optional<Tensor> weight = graph.constant(node.input(1));
        if (weight.isEmpty()) {
            return Optional.of(
                    graph.constant(node.input(0)).isPresent()
                            ? "its weight is the left operand"
                            : "its weight is made by another node, " + maker(node.input(1)));
        }
        if (!weight.get().type().isFloatingPoint()) {
            return Optional.of("its weight is of type " + weight.get().type());
        }
        if (node.is("Conv") && node.intAttribute("group", 1) != 1) {
            return Optional.of("it is a grouped convolution, of " + node.intAttribute("group", 1) + " groups");
        }
        if (!node.is("Conv") && weight.get().rank() != 2) {
            return Optional.of("its weight is a stack of matrices");
        }
        return Optional.empty();
    }

    private String maker(String value) {
        Node producer = graph.producer(value);
        return producer == null ? "an input of the model" : producer.op();
    }

    private static Optional<String> spatial(Kernel kernel) {
        return kernel.axes() > 2
                ? Optional.of("it is a convolution over " + kernel.axes() + " axes")
                : Optional.empty();
    }

    private static Optional<String> spread(Kernel kernel) {
        return kernel.area() == 1
                ? Optional.of("its kernel is one point; weight-svd does the same here")
                : Optional.empty();
    }

    private static Optional<String> plane(Kernel kernel) {
        return kernel.axes() == 2
                ? spread(kernel)
                : Optional.of("it is a convolution over " + kernel.axes() + " axes, not 2");
    }

    private Optional<String> notQuantized(Node node) {
        if (Operators.of(node).parameters().integers().length > 0) {
            return Optional.of("it is quantized already");
        }
        for (String input : node.inputs().subList(0, Math.min(2, node.inputs().size()))) {
            Node producer = graph.producer(input);
            if (producer != null && Operators.of(producer).parameters().scales().length > 0) {
                return Optional.of("it is quantized already");
            }
            Optional<Tensor> stored = graph.constant(input);
            if (stored.isPresent() && stored.get().type() != ElementType.FLOAT) {
                return Optional.of("its weight is of type " + stored.get().type() + ", not FLOAT");
            }
        }
        return graph.constant(node.input(1)).isPresent()
                ? Optional.empty()
                : Optional.of("its weight is not stored as its second operand");
    }

    /** The spatial part of a weight's shape. */
    private record Kernel(long[] weightShape) {
        int axes() {
            return weightShape.length - 2;
        }

        long area() {
            return Arrays.stream(weightShape).skip(2).reduce(1, (a, b) -> a * b);
        }
    }
}
