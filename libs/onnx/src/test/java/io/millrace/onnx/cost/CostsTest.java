package io.millrace.onnx.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.ModelText;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class CostsTest {
    /** Conv 1->32 5x5, conv 32->64 5x5, Gemm 3136->1024->10 on 28x28 images. */
    private static ModelText digits() {
        long[] two = {2, 2};
        return ModelText.opset(17)
                .input("x", "batch", 1, 28, 28)
                .weight("w1", 32, 1, 5, 5)
                .weight("w2", 64, 32, 5, 5)
                .weight("w3", 1024, 3136)
                .weight("w4", 10, 1024)
                .node("a = Conv(x, w1)", n -> n.with("pads", new long[] {2, 2, 2, 2}))
                .node("b = MaxPool(a)", n -> n.with("kernel_shape", two).with("strides", two))
                .node("c = Conv(b, w2)", n -> n.with("pads", new long[] {2, 2, 2, 2}))
                .node("d = MaxPool(c)", n -> n.with("kernel_shape", two).with("strides", two))
                .node("e = Flatten(d)")
                .node("f = Gemm(e, w3)", n -> n.with("transB", 1))
                .node("g = Relu(f)")
                .node("h = Gemm(g, w4)", n -> n.with("transB", 1))
                .output("h");
    }

    @Test
    void countsTheGoldenNetwork() {
        Costs costs = Costs.of(digits().build());

        assertThat(costs.layers()).extracting(LayerCost::macs).containsExactly(627200L, 10035200L, 3211264L, 10240L);
        assertThat(costs.layers()).extracting(LayerCost::parameters).containsExactly(800L, 51200L, 3211264L, 10240L);
        assertThat(costs.macs()).isEqualTo(13883904L);
        assertThat(costs.parameters()).isEqualTo(3273504L);
        assertThat(costs.bytes()).isEqualTo(3273504L * 4);
        assertThat(costs.layers().get(1).weightShape()).containsExactly(64, 32, 5, 5);
        assertThat(costs.layers().get(1).outputShape()).containsExactly(1, 64, 14, 14);
    }

    @Test
    void dividesAFixedBatchOut() {
        OnnxModel model = ModelText.opset(17)
                .input("x", 8, 4, 10, 10)
                .weight("w", 6, 4, 3, 3)
                .weight("b", 6)
                .node("y = Conv(x, w, b)")
                .output("y")
                .build();

        LayerCost layer = Costs.of(model).layers().get(0);

        assertThat(layer.outputShape()).containsExactly(1, 6, 8, 8);
        assertThat(layer.macs()).isEqualTo(6 * 8 * 8 * 4 * 9);
        assertThat(layer.parameters()).isEqualTo(6 * 4 * 9 + 6);
    }

    @Test
    void countsGroupedDilatedOneAndThreeDimensionalAndTransposedConvolutions() {
        OnnxModel model = ModelText.opset(17)
                .input("x", "n", 8, 20)
                .input("v", "n", 2, 5, 6, 7)
                .input("t", "n", 4, 5, 5)
                .weight("w1", 8, 2, 3)
                .weight("w3", 3, 2, 2, 2, 2)
                .weight("wt", 4, 6, 3, 3)
                .node("a = Conv(x, w1)", n -> n.with("group", 4).with("dilations", new long[] {2}))
                .node("b = Conv(v, w3)")
                .node("c = ConvTranspose(t, wt)", n -> n.with("strides", new long[] {2, 2}))
                .output("a")
                .output("b")
                .output("c")
                .build();

        assertThat(Costs.of(model).layers())
                .extracting(LayerCost::macs)
                .containsExactly(8L * 16 * 2 * 3, 3L * 4 * 5 * 6 * 2 * 8, 4L * 25 * 6 * 9);
    }

    @Test
    void countsMatMulWithAStoredWeightOnEitherSideAndTheProductOfTwoActivations() {
        OnnxModel model = ModelText.opset(17)
                .input("x", "n", 12, 16)
                .weight("right", 16, 32)
                .weight("left", 5, 12)
                .node("a = MatMul(x, right)")
                .node("b = MatMul(left, a)")
                .node("t = Transpose(b)", n -> n.with("perm", new long[] {0, 2, 1}))
                .node("c = MatMul(b, t)")
                .output("c")
                .build();

        Costs costs = Costs.of(model);
        assertThat(costs.layers()).extracting(LayerCost::macs).containsExactly(12L * 32 * 16, 5L * 32 * 12);
        assertThat(costs.rows()).hasSize(3).last().extracting(LayerCost::macs).isEqualTo(5L * 32 * 5);
        assertThat(costs.isPartial()).isFalse();
    }

    @Test
    void aQuantizedModelHasTheParametersAndMacsOfTheOriginal() {
        OnnxModel model = ModelText.opset(17)
                .input("x", "n", 3, 8, 8)
                .tensor("w", Tensor.of(ElementType.INT8, ByteBuffer.allocate(4 * 3 * 9), 4, 3, 3, 3))
                .weight("scale", 4)
                .tensor("zero", Tensor.of(ElementType.INT8, ByteBuffer.allocate(4), 4))
                .node("wf = DequantizeLinear(w, scale, zero)", n -> n.with("axis", 0))
                .node("y = Conv(x, wf)")
                .output("y")
                .build();

        Costs costs = Costs.of(model);

        assertThat(costs.macs()).isEqualTo(4 * 36 * 27);
        assertThat(costs.parameters()).isEqualTo(4 * 27);
        assertThat(costs.layers().get(0).weightShape()).containsExactly(4, 3, 3, 3);
    }

    @Test
    void saysWhichImageSizeItAssumed() {
        OnnxModel model = ModelText.opset(17)
                .input("x", "n", 3, "height", "width")
                .weight("w", 4, 3, 1, 1)
                .node("y = Conv(x, w)")
                .output("y")
                .build();

        Costs costs = Costs.of(model);

        assertThat(costs.assumed().get("x")).containsExactly(1, 3, 224, 224);
        assertThat(costs.macs()).isEqualTo(4 * 3 * 224 * 224);
    }

    @Test
    void countsResNet18() {
        ModelText model = ModelText.opset(17).input("x", "n", 3, 224, 224);
        conv(model, "stem", "x", 64, 3, 7, 2);
        model.node("pool = MaxPool(stem)", n -> n.with("kernel_shape", new long[] {3, 3})
                .with("strides", new long[] {2, 2})
                .with("pads", new long[] {1, 1, 1, 1}));
        String value = "pool";
        long channels = 64;
        for (int block = 0; block < 8; block++) {
            long outputs = 64L << block / 2;
            int stride = block > 0 && block % 2 == 0 ? 2 : 1;
            conv(model, "a" + block, value, outputs, channels, 3, stride);
            conv(model, "b" + block, "a" + block, outputs, outputs, 3, 1);
            if (stride == 2) {
                conv(model, "s" + block, value, outputs, channels, 1, stride);
                value = "s" + block;
            }
            model.node("sum%d = Add(b%d, %s)".formatted(block, block, value));
            value = "sum" + block;
            channels = outputs;
        }
        model.node("pooled = GlobalAveragePool(" + value + ")")
                .node("flat = Flatten(pooled)")
                .weight("fc", 1000, 512)
                .node("y = Gemm(flat, fc)", n -> n.with("transB", 1))
                .output("y");

        assertThat(Costs.of(model.build()).macs()).isEqualTo(1_814_073_344L);
    }

    private static void conv(ModelText model, String name, String input, long out, long in, int kernel, int stride) {
        long pad = kernel / 2;
        model.weight(name + ".w", out, in, kernel, kernel)
                .node(name + " = Conv(" + input + ", " + name + ".w)", n -> n.with(
                                "pads", new long[] {pad, pad, pad, pad})
                        .with("strides", new long[] {stride, stride}));
    }

    @Test
    void countsEveryStepAndDirectionOfRecurrentLayers() {
        OnnxModel model = ModelText.opset(17)
                .input("x", 100, 1, 48)
                .weight("w", 2, 4 * 64, 48)
                .weight("r", 2, 4 * 64, 64)
                .node("a = LSTM(x, w, r)", n -> n.with("hidden_size", 64).with("direction", "bidirectional"))
                .output("a")
                .weight("wg", 1, 3 * 8, 48)
                .weight("rg", 1, 3 * 8, 8)
                .node("b = GRU(x, wg, rg)", n -> n.with("hidden_size", 8))
                .output("b")
                .weight("wr", 1, 8, 48)
                .weight("rr", 1, 8, 8)
                .node("c = RNN(x, wr, rr)", n -> n.with("hidden_size", 8))
                .output("c")
                .build();

        assertThat(Costs.of(model).layers())
                .extracting(LayerCost::macs)
                .containsExactly(100L * 2 * 4 * (48 + 64) * 64, 100L * 3 * (48 + 8) * 8, 100L * (48 + 8) * 8);
    }

    @Test
    void countsAttentionWrittenAsEinsum() {
        OnnxModel model = ModelText.opset(17)
                .input("x", "n", 6, 24)
                .weight("wq", 24, 4, 8)
                .weight("wo", 4, 8, 24)
                .node("q = Einsum(x, wq)", n -> n.with("equation", "btd,dhe->bhte"))
                .node("s = Einsum(q, q)", n -> n.with("equation", "bhte,bhse->bhts"))
                .node("m = Einsum(s, q)", n -> n.with("equation", "bhts, bhse -> bthe"))
                .node("y = Einsum(m, wo)", n -> n.with("equation", "...he,hed->...d"))
                .output("y")
                .build();

        Costs costs = Costs.of(model);

        assertThat(costs.rows())
                .extracting(LayerCost::macs)
                .containsExactly(6L * 24 * 32, 4L * 6 * 6 * 8, 4L * 6 * 6 * 8, 6L * 24 * 32);
        assertThat(costs.layers()).extracting(layer -> layer.node().output(0)).containsExactly("q", "y");
    }

    @Test
    void countsTheFusedProductsOfTheRuntime() {
        OnnxModel model = ModelText.opset(17)
                .importing("com.microsoft", 1)
                .input("x", "n", 6, 8)
                .weight("w", 5, 8)
                .weight("w3", 8, 24)
                .weight("wg", 8, 3)
                .weight("b", 3)
                .node("a = FusedMatMul(x, w)", n -> runtime(n.with("transB", 1)))
                .node("t = Attention(x, w3)", n -> runtime(n.with("num_heads", 2)))
                .node("m = MultiHeadAttention(t, t, t)", n -> runtime(n.with("num_heads", 2)))
                .node("f = Flatten(m)", n -> n.with("axis", 2))
                .node("g = FusedGemm(f, wg, b)", CostsTest::runtime)
                .output("a")
                .output("g")
                .build();

        Costs costs = Costs.of(model);

        assertThat(costs.rows())
                .filteredOn(LayerCost::isCounted)
                .extracting(row -> row.node().op(), LayerCost::macs)
                .contains(tuple("FusedMatMul", 6L * 8 * 5), tuple("Attention", 6L * 8 * 24 + 6 * 6 * 16));
    }

    private static Node runtime(Node node) {
        return Node.of(node.proto().toBuilder().setDomain("com.microsoft").build());
    }

    @Test
    void tellsWhichLayersShareAStoredWeight() {
        OnnxModel model = ModelText.opset(17)
                .input("a", "n", 4)
                .input("b", "n", 4)
                .weight("w", 4, 6)
                .weight("own", 6, 3)
                .node("wt = Identity(w)")
                .node("x = MatMul(a, w)")
                .node("y = MatMul(b, wt)")
                .node("d = Sub(x, y)")
                .node("z = MatMul(d, own)")
                .output("z")
                .build();

        Costs costs = Costs.of(model);

        assertThat(costs.layers())
                .extracting(layer -> layer.weight().orElseThrow().name())
                .containsExactly("w", "w", "own");
        assertThat(costs.parameters()).isEqualTo(4 * 6 + 6 * 3);
    }
}
