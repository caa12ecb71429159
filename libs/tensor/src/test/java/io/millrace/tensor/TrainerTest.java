package io.millrace.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.OutputKind;
import io.millrace.tensor.OptimizerSettings.AdamW;
import io.millrace.tensor.OptimizerSettings.Sgd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainerTest {
    private static final int SAMPLES = 4;
    private static final int FEATURES = 3;
    private static final int CLASSES = 2;
    private static final long[] LABELS = {0, 1, 1, 0};
    private static final float[] START = {0.1f, -0.2f, 0.3f, 0.4f, -0.5f, 0.6f};
    private static final Tensor X = TrainableNetworks.random(9, 1, SAMPLES, FEATURES);
    private static final Tensor TEACHER = TrainableNetworks.random(10, 2, SAMPLES, CLASSES);

    @Test
    void sgdFollowsItsFormula() {
        double[] w = doubles(START);
        double[] velocity = new double[w.length];
        for (int step = 0; step < 5; step++) {
            double[] g = gradient(w);
            for (int i = 0; i < w.length; i++) {
                g[i] += 0.01 * w[i];
                velocity[i] = 0.9 * velocity[i] + g[i];
                w[i] -= 0.1 * velocity[i];
            }
        }

        assertThat(trained(new Sgd(0.9, false, 0.01), 5, 0.1)).satisfies(found -> assertClose(found, w));
    }

    @Test
    void theLossIsTakenOfWhatGoesIntoTheSoftmaxWhateverMovesItsResult() {
        OnnxModel model = TrainableNetworks.linear(START, FEATURES, CLASSES);
        String scores = model.graph().outputs().get(0).getName();
        Patch patch = Patch.of(model.graph(), "end");
        patch.set("shape", Tensor.ofLongs(new long[] {-1, CLASSES}, 2));
        patch.add(
                Node.of("Softmax", "softmax", List.of(scores), List.of("p")).with("axis", -1),
                Node.of("Reshape", "reshape", List.of("p", "shape"), List.of("moved")),
                Node.of("Identity", "identity", List.of("moved"), List.of("out")));
        patch.outputs(List.of(
                model.graph().outputs().get(0).toBuilder().setName("out").build()));
        patch.apply();

        assertThat(DifferentiableModel.logitsOf(model)).isEqualTo(scores);
    }

    @Test
    void nesterovLooksAhead() {
        double[] w = doubles(START);
        double[] velocity = new double[w.length];
        for (int step = 0; step < 5; step++) {
            double[] g = gradient(w);
            for (int i = 0; i < w.length; i++) {
                velocity[i] = 0.9 * velocity[i] + g[i];
                w[i] -= 0.1 * (g[i] + 0.9 * velocity[i]);
            }
        }

        assertThat(trained(new Sgd(0.9, true, 0), 5, 0.1)).satisfies(found -> assertClose(found, w));
    }

    @Test
    void adamWFollowsItsFormula() {
        double[] w = doubles(START);
        double[] mean = new double[w.length];
        double[] square = new double[w.length];
        for (int step = 1; step <= 5; step++) {
            double[] g = gradient(w);
            for (int i = 0; i < w.length; i++) {
                w[i] *= 1 - 0.05 * 0.1;
                mean[i] = 0.9 * mean[i] + 0.1 * g[i];
                square[i] = 0.999 * square[i] + 0.001 * g[i] * g[i];
                double m = mean[i] / (1 - Math.pow(0.9, step));
                double s = square[i] / (1 - Math.pow(0.999, step));
                w[i] -= 0.05 * m / (Math.sqrt(s) + 1e-8);
            }
        }

        assertThat(trained(AdamW.of(0.1), 5, 0.05)).satisfies(found -> assertClose(found, w));
    }

    private static float[] trained(OptimizerSettings settings, int steps, double rate) {
        OnnxModel model = TrainableNetworks.linear(START, FEATURES, CLASSES);
        try (DifferentiableModel differentiable = DifferentiableModel.of(model, TrainingOptions.withThreads(1));
                Trainer trainer = new Trainer(differentiable, settings, Loss.crossEntropy(0), 1)) {
            for (int i = 0; i < steps; i++) {
                trainer.step(Map.of("x", X), LABELS, null, rate);
            }
            return differentiable.toModel().graph().initializer("w").floats();
        }
    }

    /** Of the mean cross-entropy of softmax(x w), by hand. */
    private static double[] gradient(double[] w) {
        double[] gradient = new double[w.length];
        for (int n = 0; n < SAMPLES; n++) {
            double[] p = softmax(logits(w, n), 1);
            for (int c = 0; c < CLASSES; c++) {
                double error = p[c] - (LABELS[n] == c ? 1 : 0);
                for (int f = 0; f < FEATURES; f++) {
                    gradient[f * CLASSES + c] += X.floats()[n * FEATURES + f] * error / SAMPLES;
                }
            }
        }
        return gradient;
    }

    private static double[] logits(double[] w, int n) {
        double[] logits = new double[CLASSES];
        for (int c = 0; c < CLASSES; c++) {
            for (int f = 0; f < FEATURES; f++) {
                logits[c] += X.floats()[n * FEATURES + f] * w[f * CLASSES + c];
            }
        }
        return logits;
    }

    private static double[] softmax(double[] logits, double temperature) {
        double sum = 0;
        double[] p = new double[logits.length];
        for (int c = 0; c < p.length; c++) {
            p[c] = Math.exp(logits[c] / temperature);
            sum += p[c];
        }
        for (int c = 0; c < p.length; c++) {
            p[c] /= sum;
        }
        return p;
    }

    @Test
    void lossMixesLabelsAndTeacherByItsFormula() {
        double expected = 0;
        for (int n = 0; n < SAMPLES; n++) {
            double[] logits = logits(doubles(START), n);
            double[] p = softmax(logits, 1);
            expected +=
                    0.3 * -(0.9 * Math.log(p[(int) LABELS[n]]) + 0.05 * (Math.log(p[0]) + Math.log(p[1]))) / SAMPLES;
            double[] soft = softmax(logits, 4);
            double[] target =
                    softmax(new double[] {TEACHER.floats()[n * CLASSES], TEACHER.floats()[n * CLASSES + 1]}, 4);
            for (int c = 0; c < CLASSES; c++) {
                expected += 0.7 * 16 * target[c] * Math.log(target[c] / soft[c]) / SAMPLES;
            }
        }

        assertThat(firstLoss(new Loss(0.1, 4, 0.7), LABELS, TEACHER)).isCloseTo(expected, within(1e-5));
    }

    @Test
    void withoutLabelsTheTeacherAloneCounts() {
        double mixed = firstLoss(new Loss(0, 4, 1), LABELS, TEACHER);

        assertThat(firstLoss(new Loss(0, 4, 0.5), null, TEACHER)).isCloseTo(mixed, within(1e-7));
    }

    @Test
    void eachKindOfOutputHasItsDistanceToTheTeacher() {
        double yesOrNo = 0;
        double error = 0;
        double size = 0;
        for (int n = 0; n < SAMPLES; n++) {
            double[] logits = logits(doubles(START), n);
            for (int c = 0; c < CLASSES; c++) {
                double teacher = TEACHER.floats()[n * CLASSES + c];
                double p = 1 / (1 + Math.exp(-logits[c]));
                double wanted = 1 / (1 + Math.exp(-teacher));
                yesOrNo -= (wanted * Math.log(p) + (1 - wanted) * Math.log(1 - p)) / (SAMPLES * CLASSES);
                error += Math.pow(logits[c] - teacher, 2);
                size += teacher * teacher;
            }
        }
        Loss loss = new Loss(0, 4, 1);

        assertThat(firstLoss(loss.of(OutputKind.INDEPENDENT_SCORES), null, TEACHER))
                .isCloseTo(yesOrNo, within(1e-5));
        assertThat(firstLoss(loss.of(OutputKind.VALUES), null, TEACHER)).isCloseTo(error / size, within(1e-5));
    }

    @Test
    void aLossThatIsNoNumberNamesItsLayerAndChangesNothing() {
        float[] weights = START.clone();
        weights[2] = Float.NaN;
        OnnxModel model = TrainableNetworks.linear(weights, FEATURES, CLASSES);
        try (DifferentiableModel differentiable = DifferentiableModel.of(model, TrainingOptions.withThreads(1));
                Trainer trainer = new Trainer(differentiable, new Sgd(0, false, 0), Loss.crossEntropy(0), 1)) {
            assertThatThrownBy(() -> trainer.step(Map.of("x", X), LABELS, null, 0.1))
                    .isInstanceOf(Trainer.NotFiniteException.class)
                    .hasMessageContaining("weight 'w' of product");
            assertThat(trainer.steps()).isZero();
        }
    }

    private static double firstLoss(Loss loss, long[] labels, Tensor teacher) {
        OnnxModel model = TrainableNetworks.linear(START, FEATURES, CLASSES);
        try (DifferentiableModel differentiable = DifferentiableModel.of(model, TrainingOptions.withThreads(1));
                Trainer trainer = new Trainer(differentiable, new Sgd(0, false, 0), loss, 1)) {
            return trainer.step(Map.of("x", X), labels, teacher, 0.1).loss();
        }
    }

    @Test
    void runningStatisticsFollowTheBatch() throws Exception {
        OnnxModel model = TrainableNetworks.convolutional();
        Map<String, Tensor> batch = Map.of("x", TrainableNetworks.random(11, 1, 4, 2, 8, 8));
        OnnxModel tapped = model.copy();
        io.millrace.onnx.Patch.of(tapped.graph(), "tap")
                .outputs(java.util.List.of(ai.onnx.proto.OnnxMl.ValueInfoProto.newBuilder()
                        .setName("c")
                        .build()))
                .apply();
        float[] c = OnnxRuntime.run(tapped, batch).get("c").floats();
        double mean = 0;
        double square = 0;
        for (int n = 0; n < 4; n++) {
            for (int i = 0; i < 64; i++) {
                double value = c[n * 6 * 64 + i];
                mean += value / 256;
                square += value * value / 256;
            }
        }
        double variance = (square - mean * mean) * 256 / 255;

        OnnxModel trained = train(model, batch, 1);

        float before = model.graph().initializer("bn.mean").floats()[0];
        assertThat((double) trained.graph().initializer("bn.mean").floats()[0])
                .isCloseTo(0.9 * before + 0.1 * mean, within(1e-5));
        assertThat((double) trained.graph().initializer("bn.var").floats()[0])
                .isCloseTo(0.9 + 0.1 * variance, within(1e-5));
    }

    @Test
    void trainedWeightsComeBackUnderTheirNamesAndRunInOnnxRuntime() throws Exception {
        Map<String, Tensor> batch = Map.of("x", TrainableNetworks.random(11, 1, 4, 2, 8, 8));
        OnnxModel model = TrainableNetworks.convolutional();

        OnnxModel trained = train(model, batch, 3);

        assertThat(trained.graph().initializers().keySet())
                .isEqualTo(model.graph().initializers().keySet());
        for (String changed : new String[] {"conv.w", "bn.scale", "bn.bias", "bn.mean", "bn.var", "fc.w", "fc.b"}) {
            assertThat(trained.graph().initializer(changed).floats())
                    .as(changed)
                    .isNotEqualTo(model.graph().initializer(changed).floats());
        }
        try (DifferentiableModel again = DifferentiableModel.of(trained, TrainingOptions.withThreads(1))) {
            float[] expected = OnnxRuntime.run(trained, batch).get("logits").floats();
            assertThat(again.forward(batch).get("logits").floats()).containsExactly(expected, within(1e-5f));
        }
    }

    private static OnnxModel train(OnnxModel model, Map<String, Tensor> batch, int steps) {
        try (DifferentiableModel differentiable = DifferentiableModel.of(model, TrainingOptions.withThreads(1));
                Trainer trainer = new Trainer(differentiable, new Sgd(0.9, true, 1e-4), Loss.crossEntropy(0), 1)) {
            for (int i = 0; i < steps; i++) {
                trainer.step(batch, new long[] {0, 1, 2, 1}, null, 0.05);
            }
            return differentiable.toModel();
        }
    }

    @Test
    void aPauseLeavesNoTrace(@TempDir Path folder) throws IOException {
        Path checkpoint = folder.resolve("checkpoint");
        byte[] straight = interrupted(checkpoint, 10, 10);

        byte[] paused = interrupted(checkpoint, 4, 10);

        assertThat(paused).isEqualTo(straight);
    }

    private static byte[] interrupted(Path checkpoint, int pause, int steps) throws IOException {
        Map<String, Tensor> extra = Map.of("@mine", Tensor.ofLongs(new long[] {7}, 1));
        try (DifferentiableModel model =
                        DifferentiableModel.of(TrainableNetworks.convolutional(), TrainingOptions.withThreads(1));
                Trainer trainer = new Trainer(model, AdamW.of(0.01), Loss.crossEntropy(0), 5)) {
            run(trainer, pause);
            if (pause == steps) {
                return model.toModel().toBytes();
            }
            trainer.save(checkpoint, extra);
        }
        try (DifferentiableModel model =
                        DifferentiableModel.of(TrainableNetworks.convolutional(), TrainingOptions.withThreads(1));
                Trainer trainer = new Trainer(model, AdamW.of(0.01), Loss.crossEntropy(0), 5)) {
            assertThat(trainer.restore(checkpoint).get("@mine").longs()).containsExactly(7);
            run(trainer, steps);
            return model.toModel().toBytes();
        }
    }

    private static void run(Trainer trainer, int until) {
        while (trainer.steps() < until) {
            Tensor x = TrainableNetworks.random(trainer.steps(), 1, 4, 2, 8, 8);
            trainer.step(Map.of("x", x), new long[] {0, 1, 2, 1}, null, 0.01);
        }
    }

    @Test
    void aCheckpointOfAnotherModelIsRefused(@TempDir Path folder) throws IOException {
        Path checkpoint = folder.resolve("checkpoint");
        interrupted(checkpoint, 1, 2);

        try (DifferentiableModel model = DifferentiableModel.of(
                        TrainableNetworks.linear(START, FEATURES, CLASSES), TrainingOptions.withThreads(1));
                Trainer trainer = new Trainer(model, AdamW.of(0.01), Loss.crossEntropy(0), 5)) {
            assertThatThrownBy(() -> trainer.restore(checkpoint))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another model");
        }
    }

    @Test
    void aLongRunDoesNotGrow() {
        Tensor x = TrainableNetworks.random(12, 1, 16, 2, 8, 8);
        long[] labels = new long[16];
        try (DifferentiableModel model =
                        DifferentiableModel.of(TrainableNetworks.convolutional(), TrainingOptions.withThreads(1));
                Trainer trainer = new Trainer(model, AdamW.of(0), Loss.crossEntropy(0), 1)) {
            for (int i = 0; i < 500; i++) {
                trainer.step(Map.of("x", x), labels, null, 1e-3);
            }
            System.gc();
            long before = Pointer.physicalBytes();

            for (int i = 0; i < 4000; i++) {
                trainer.step(Map.of("x", x), labels, null, 1e-3);
            }

            System.gc();
            // A leak of one activation a step would be 98 MB.
            assertThat(Pointer.physicalBytes() - before).isLessThan(32L << 20);
        }
    }

    private static double[] doubles(float[] values) {
        double[] converted = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            converted[i] = values[i];
        }
        return converted;
    }

    private static void assertClose(float[] actual, double[] expected) {
        assertThat(actual).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) actual[i]).as("weight %d", i).isCloseTo(expected[i], within(1e-5));
        }
    }
}
