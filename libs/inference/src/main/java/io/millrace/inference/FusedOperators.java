package io.millrace.inference;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Which operators ONNX Runtime runs in integers, read from the graph as it has optimised it.
 *
 * @param integer how often each integer operator occurs: {@code QLinearConv}, {@code QGemm}, ...
 * @param layersLeftInFloat labels of convolutions and matrix products that compute in floats
 * @param conversions QuantizeLinear and DequantizeLinear nodes that are left
 */
public record FusedOperators(Map<String, Integer> integer, List<String> layersLeftInFloat, int conversions) {
    private static final Set<String> FLOAT_LAYERS =
            Set.of("Conv", "FusedConv", "ConvTranspose", "Gemm", "FusedGemm", "MatMul", "FusedMatMul", "NhwcFusedConv");
    private static final Set<String> INTEGER_LAYERS = Set.of(
            "ConvInteger", "MatMulInteger", "QGemm", "DynamicQuantizeMatMul", "MatMulIntegerToFloat", "QAttention");

    /** How many convolutions and matrix products run in integers. */
    public int integerLayers() {
        return integer.entrySet().stream()
                .filter(e -> isIntegerLayer(e.getKey()))
                .mapToInt(Map.Entry::getValue)
                .sum();
    }

    private static boolean isIntegerLayer(String op) {
        return op.equals("QLinearConv")
                || op.equals("QLinearConvTranspose")
                || op.equals("QLinearMatMul")
                || INTEGER_LAYERS.contains(op);
    }

    /**
     * Lets the runtime optimise the model, and counts.
     *
     * @throws InferenceException if the runtime refuses the model
     */
    public static FusedOperators count(OnnxModel model) {
        try {
            Path file = Files.createTempFile("optimized", ".onnx");
            try {
                OnnxSession.open(model, SessionOptions.threads(1).withOptimizedModel(file))
                        .close();
                return of(OnnxModel.read(file).graph().nodes());
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new InferenceException("the optimised graph could not be kept: " + e.getMessage(), e);
        }
    }

    private static FusedOperators of(List<Node> nodes) {
        Map<String, Integer> integer = nodes.stream()
                .map(Node::op)
                .filter(op -> op.startsWith("QLinear") || INTEGER_LAYERS.contains(op))
                .collect(Collectors.toMap(op -> op, op -> 1, Integer::sum, TreeMap::new));
        List<String> floats = nodes.stream()
                .filter(n -> FLOAT_LAYERS.contains(n.op()))
                .map(Node::label)
                .toList();
        int conversions = (int) nodes.stream()
                .filter(n -> n.op().equals("QuantizeLinear") || n.op().equals("DequantizeLinear"))
                .count();
        return new FusedOperators(integer, floats, conversions);
    }
}
