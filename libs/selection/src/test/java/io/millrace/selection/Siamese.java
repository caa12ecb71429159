package io.millrace.selection;

import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.util.Arrays;
import java.util.Map;

/**
 * Two images {@code a} and {@code b} [N, 2, 6, 6] go through two towers of the same two stored weights; the scores [N, 3]
 * are of the absolute difference of what the towers make. Two equal images get the same scores whatever they show, and
 * it does not matter which comes first.
 */
public final class Siamese {
    private Siamese() {}

    public static OnnxModel network() {
        Networks network = Networks.input("a", -1, 2, 6, 6)
                .and("b", -1, 2, 6, 6)
                .weight("w1", Networks.random(21, 8, 2, 3, 3))
                .weight("w2", Networks.random(22, 8, 8, 3, 3));
        for (String tower : new String[] {"a", "b"}) {
            network.node("Conv", tower + "1", tower, "w1")
                    .with(node -> node.with("pads", new long[] {1, 1, 1, 1}))
                    .node("Relu", tower + "2", tower + "1")
                    .node("Conv", tower + "3", tower + "2", "w2")
                    .node("Relu", tower + "4", tower + "3")
                    .node("GlobalAveragePool", tower + "5", tower + "4");
        }
        return network.node("Sub", "d", "a5", "b5")
                .node("Abs", "e", "d")
                .node("Flatten", "f", "e")
                .node("Gemm", "y", "f", "[8,3]", "[3]")
                .output("y", -1, 3);
    }

    /** Random pairs. */
    public static Map<String, Tensor> pairs(int samples) {
        return Map.of("a", Networks.random(31, samples, 2, 6, 6), "b", Networks.random(32, samples, 2, 6, 6));
    }

    /**
     * How far a network of this kind is from what the sharing promises: the largest difference between scores of equal
     * pairs, or between those of a pair and its exchange.
     */
    public static double asymmetry(OnnxModel model) {
        Map<String, Tensor> pairs = pairs(16);
        Tensor a = pairs.get("a");
        Tensor b = pairs.get("b");
        float[] same = Networks.run(model, Map.of("a", a, "b", a));
        float[] forth = Networks.run(model, Map.of("a", a, "b", b));
        float[] back = Networks.run(model, Map.of("a", b, "b", a));
        double worst = 0;
        for (int i = 0; i < same.length; i++) {
            worst = Math.max(worst, Math.abs(same[i] - same[i % 3]));
            worst = Math.max(worst, Math.abs(forth[i] - back[i]));
        }
        return Arrays.equals(forth, same) ? Double.POSITIVE_INFINITY : worst;
    }
}
