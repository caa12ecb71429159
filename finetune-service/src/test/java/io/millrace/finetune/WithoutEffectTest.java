package io.millrace.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.contracts.method.FinetuneParameters;
import io.millrace.contracts.method.ParameterReader;
import io.millrace.onnx.Net;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.output.OutputKind;
import org.junit.jupiter.api.Test;

class WithoutEffectTest {
    private static final OnnxModel IMAGES = Quadrants.network(1);

    private static FinetuneParameters parameters(String json) throws Exception {
        return ParameterReader.read(
                FinetuneParameters.class, (ObjectNode) Json.mapper().readTree(json));
    }

    @Test
    void saysWhatDoesNothingWithoutLabels() throws Exception {
        FinetuneParameters parameters = parameters("{\"label-smoothing\": 0.1, \"distill\": {\"weight\": 0.5}}");

        assertThat(WithoutEffect.notes(parameters, false, OutputKind.CLASS_SCORES, IMAGES))
                .hasSize(2)
                .anySatisfy(note -> assertThat(note).startsWith("label-smoothing has no effect"))
                .anySatisfy(note -> assertThat(note).startsWith("distill.weight has no effect"));
        assertThat(WithoutEffect.notes(parameters, true, OutputKind.CLASS_SCORES, IMAGES))
                .isEmpty();
        assertThat(WithoutEffect.notes(parameters, true, OutputKind.BINARY_SCORE, IMAGES))
                .singleElement()
                .asString()
                .contains("one score");
    }

    @Test
    void saysThatThereAreNoImagesToChange() throws Exception {
        Net rows = new Net(17, 1);
        rows.output(rows.linear(rows.input("x", -1, 4), 4, 2), -1, 2);
        FinetuneParameters parameters = parameters("{\"augment\": {\"flip\": true}}");

        assertThat(WithoutEffect.notes(parameters, true, OutputKind.CLASS_SCORES, rows.model()))
                .singleElement()
                .asString()
                .startsWith("augment has no effect");
        assertThat(WithoutEffect.notes(parameters, true, OutputKind.CLASS_SCORES, IMAGES))
                .isEmpty();
    }
}
