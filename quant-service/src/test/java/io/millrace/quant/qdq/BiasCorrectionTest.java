package io.millrace.quant.qdq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.data.Batch;
import io.millrace.data.BatchOptions;
import io.millrace.data.Batches;
import io.millrace.data.Dataset;
import io.millrace.inference.ProgressListener;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.quant.Network;
import io.millrace.quant.RandomData;
import io.millrace.quant.calibration.Range;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against a network of matrix products, quantized by hand with plain loops. */
class BiasCorrectionTest {
    private static final int SAMPLES = 96;
    private static final int WIDTH = 6;
    private static final int LIMIT = 20;

    @TempDir
    Path folder;

    private OnnxModel model;
    private QuantizationPlan plan;
    private Dataset data;
    private float[][] inputs;
    private final Map<String, Encoding> encodings = new LinkedHashMap<>();

    @BeforeEach
    void makeNetwork() throws IOException {
        Network network = new Network(17, 5).input("x", WIDTH);
        for (int i = 1; i <= 3; i++) {
            network.weight("w" + i, 0.5, WIDTH, WIDTH).weight("b" + i, 0.3, WIDTH);
        }
        model = network.node("Gemm", List.of("x", "w1", "b1"), "y1")
                .node("Relu", List.of("y1"), "r1")
                .node("Gemm", List.of("r1", "w2"), "y2")
                .node("Relu", List.of("y2"), "r2")
                .node("MatMul", List.of("r2", "w3"), "p3")
                .node("Add", List.of("p3", "b3"), "y3")
                .output("y3")
                .model();
        plan = Planner.plan(model);
        data = Dataset.open(RandomData.write(model, SAMPLES, folder), model);
        // Narrow ranges: much is cut off, which shifts the means of what follows.
        encodings.put("x", Encoding.of(new Range(-1, 1)));
        encodings.put("r1", Encoding.of(new Range(0, 0.8)));
        encodings.put("r2", Encoding.of(new Range(0, 0.5)));
        encodings.put("p3", Encoding.of(new Range(-2, 2)));
        encodings.put("y3", Encoding.of(new Range(-3, 3)));
        inputs = new float[SAMPLES][WIDTH];
        try (Batches batches = data.batches(BatchOptions.inOrder(SAMPLES))) {
            for (Batch batch : batches) {
                float[] values = batch.inputs().get("x").floats();
                for (int n = 0; n < SAMPLES; n++) {
                    System.arraycopy(values, n * WIDTH, inputs[n], 0, WIDTH);
                }
            }
        }
    }

    @Test
    void equalsTheSameDoneByHand() {
        assertThat(plan.observed()).containsExactlyInAnyOrderElementsOf(encodings.keySet());

        Map<Node, float[]> corrected = new BiasCorrection(model, plan, data, 3, 1)
                .correct(biases -> QdqWriter.write(model, plan, encodings, LIMIT, biases), ProgressListener.NONE);

        Map<String, float[]> found = new LinkedHashMap<>();
        corrected.forEach((node, bias) -> found.put(node.output(0), bias));
        float[][] exact1 = product(inputs, weight(1), bias(1));
        float[][] exact2 = product(relu(exact1), weight(2), new float[WIDTH]);
        float[][] exact3 = product(relu(exact2), weight(3), bias(3));
        float[][] rounded = round(inputs, "x");
        float[] bias1 = minus(bias(1), shift(product(rounded, roundedWeight(1), bias(1)), exact1));
        float[][] rounded1 = round(relu(product(rounded, roundedWeight(1), bias1)), "r1");
        float[] bias2 = minus(new float[WIDTH], shift(product(rounded1, roundedWeight(2), new float[WIDTH]), exact2));
        float[][] rounded2 = round(relu(product(rounded1, roundedWeight(2), bias2)), "r2");
        float[][] product3 = round(product(rounded2, roundedWeight(3), new float[WIDTH]), "p3");
        float[] stored3 = roundedConstant(bias(3));
        float[] bias3 = minus(bias(3), shift(plus(product3, stored3), exact3));
        assertThat(found).containsOnlyKeys("y1", "y2", "y3");
        assertThat(found.get("y1")).containsExactly(bias1, within(1e-4f));
        assertThat(found.get("y2")).containsExactly(bias2, within(2e-3f));
        assertThat(found.get("y3")).containsExactly(bias3, within(5e-3f));
        // What is taken back is no rounding noise.
        assertThat(Math.abs(found.get("y2")[0]) + Math.abs(found.get("y2")[1])).isGreaterThan(0.05f);
    }

    private float[] weight(int layer) {
        return model.graph().initializer("w" + layer).floats();
    }

    private float[] bias(int layer) {
        return model.graph().initializer("b" + layer).floats();
    }

    /** One scale per output, which is the column. */
    private float[] roundedWeight(int layer) {
        float[] weight = weight(layer);
        for (int c = 0; c < WIDTH; c++) {
            float largest = 0;
            for (int i = 0; i < WIDTH; i++) {
                largest = Math.max(largest, Math.abs(weight[i * WIDTH + c]));
            }
            for (int i = 0; i < WIDTH; i++) {
                weight[i * WIDTH + c] =
                        (float) (Math.rint(weight[i * WIDTH + c] / (largest / LIMIT)) * largest / LIMIT);
            }
        }
        return weight;
    }

    private static float[] roundedConstant(float[] values) {
        double low = 0;
        double high = 0;
        for (float value : values) {
            low = Math.min(low, value);
            high = Math.max(high, value);
        }
        Encoding encoding = Encoding.of(new Range(low, high));
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = encoding.round(values[i]);
        }
        return rounded;
    }

    private static float[][] product(float[][] x, float[] weight, float[] bias) {
        float[][] y = new float[x.length][WIDTH];
        for (int n = 0; n < x.length; n++) {
            for (int c = 0; c < WIDTH; c++) {
                double sum = bias[c];
                for (int i = 0; i < WIDTH; i++) {
                    sum += (double) x[n][i] * weight[i * WIDTH + c];
                }
                y[n][c] = (float) sum;
            }
        }
        return y;
    }

    private static float[][] relu(float[][] x) {
        return each(x, value -> Math.max(0, value));
    }

    private float[][] round(float[][] x, String value) {
        return each(x, encodings.get(value)::round);
    }

    private interface OneNumber {
        float of(float value);
    }

    private static float[][] each(float[][] x, OneNumber function) {
        float[][] y = new float[x.length][WIDTH];
        for (int n = 0; n < x.length; n++) {
            for (int c = 0; c < WIDTH; c++) {
                y[n][c] = function.of(x[n][c]);
            }
        }
        return y;
    }

    private static float[][] plus(float[][] x, float[] bias) {
        float[][] y = new float[x.length][WIDTH];
        for (int n = 0; n < x.length; n++) {
            for (int c = 0; c < WIDTH; c++) {
                y[n][c] = x[n][c] + bias[c];
            }
        }
        return y;
    }

    private static float[] shift(float[][] rounded, float[][] exact) {
        float[] shift = new float[WIDTH];
        for (int c = 0; c < WIDTH; c++) {
            double sum = 0;
            for (int n = 0; n < exact.length; n++) {
                sum += rounded[n][c] - exact[n][c];
            }
            shift[c] = (float) (sum / exact.length);
        }
        return shift;
    }

    private static float[] minus(float[] bias, float[] shift) {
        float[] result = bias.clone();
        for (int c = 0; c < result.length; c++) {
            result[c] -= shift[c];
        }
        return result;
    }
}
