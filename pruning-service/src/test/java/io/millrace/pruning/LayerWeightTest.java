package io.millrace.pruning;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.selection.Networks;
import org.junit.jupiter.api.Test;

class LayerWeightTest {

    @Test
    void biasThatAnotherLayerReadsStaysAsItIs() {
        // given two layers whose equal biases an exporter has merged
        OnnxModel model = Networks.input(-1, 2)
                .weight("bias", Tensor.ofFloats(new float[] {1, 2}, 2))
                .node("Gemm", "a", "x", "[2,2]", "bias")
                .node("Gemm", "y", "a", "[2,2]", "bias")
                .output("y", -1, 2);
        Node layer = model.graph().producer("y");
        float[] before = model.graph().initializer(layer.input(1)).floats();

        // when
        double largest = new LayerWeight(model.graph(), layer).add(new float[] {1, 0, 0, 5, 10, 20});

        // then
        Node changed = model.graph().producer("y");
        float[] after = model.graph().initializer(changed.input(1)).floats();
        assertThat(after).containsExactly(before[0] + 1, before[1], before[2], before[3] + 5);
        assertThat(largest).isEqualTo(Math.abs((double) after[3]));
        assertThat(model.graph().initializer(changed.input(2)).floats()).containsExactly(11, 22);
        assertThat(model.graph().initializer("bias").floats()).containsExactly(1, 2);
        assertThat(model.graph().producer("a").input(2)).isEqualTo("bias");
    }
}
