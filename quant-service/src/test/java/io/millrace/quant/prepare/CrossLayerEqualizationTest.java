package io.millrace.quant.prepare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.inference.OnnxSession;
import io.millrace.inference.RandomInputs;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.rewrite.BatchNormFolding;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CrossLayerEqualizationTest {
    private static final Path CORPUS = Path.of("../libs/onnx/src/test/resources/corpus");

    @ParameterizedTest
    @ValueSource(strings = {"resnet-ts18", "vgg-ts12", "unet-ts13", "conv3d-ts13", "auto_pad-hand17"})
    void changesNothingInFloat(String network) {
        // given
        OnnxModel model = OnnxModel.read(CORPUS.resolve(network + ".onnx")).copy();
        BatchNormFolding.fold(model);
        OnnxModel equalized = model.copy();

        // when
        int pairs = CrossLayerEqualization.equalize(equalized).size();

        // then
        assertThat(pairs).isPositive();
        float[] expected = run(model);
        float[] values = run(equalized);
        float largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertThat(values).containsExactly(expected, within(largest * 1e-4f));
    }

    @Test
    void bringsTheRangesOfBothSidesTogether() {
        // given
        OnnxModel model = OnnxModel.read(CORPUS.resolve("auto_pad-hand17.onnx")).copy();
        Node first = model.graph().nodes().stream()
                .filter(n -> n.is("Conv"))
                .findFirst()
                .orElseThrow();
        Tensor weight = model.graph().initializer(first.input(1));
        float[] values = weight.floats();
        for (int i = 0; i < values.length / weight.dim(0); i++) {
            values[i] *= 100;
        }
        model.graph().setInitializer(first.input(1), Tensor.ofFloats(values, weight.dims()));

        // when
        CrossLayerEqualization.equalize(model);

        // then
        float[] equalized = model.graph().initializer(first.input(1)).floats();
        double largest = 0;
        for (int i = 0; i < values.length / weight.dim(0); i++) {
            largest = Math.max(largest, Math.abs(equalized[i]) / Math.max(1e-9, Math.abs(values[i])));
        }
        assertThat(largest).isLessThan(0.5);
    }

    private static float[] run(OnnxModel model) {
        Map<String, Tensor> inputs = RandomInputs.of(model, 2, 9);
        try (OnnxSession session = OnnxSession.open(model, SessionOptions.threads(1))) {
            return session.run(inputs).get(session.outputNames().get(0)).floats();
        }
    }
}
