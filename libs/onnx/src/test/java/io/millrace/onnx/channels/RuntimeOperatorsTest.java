package io.millrace.onnx.channels;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.NodeProto;
import io.millrace.onnx.ModelText;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.operator.Operators;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Operators that ONNX Runtime's optimizer makes of several: cut, or declined in words that say what to do. */
class RuntimeOperatorsTest {
    private static NodeProto fused(String op, List<String> inputs, String output) {
        return Node.of(op, op.toLowerCase(), inputs, List.of(output)).proto().toBuilder()
                .setDomain(Operators.MICROSOFT)
                .build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Relu", "Sigmoid"})
    void fusedConvolutionsAreCutWithWhatIsAddedToThem(String activation) {
        NodeProto conv = Node.of(fused("FusedConv", List.of("a", "w2", "b2", "a"), "c"))
                .with("activation", activation)
                .with("pads", new long[] {1, 1, 1, 1})
                .proto();
        OnnxModel model = ModelText.opset(17)
                .importing(Operators.MICROSOFT, 1)
                .input("x", 2, 3, 6, 6)
                .weight("w1", 8, 3, 1, 1)
                .weight("w2", 8, 8, 3, 3)
                .weight("b2", 8)
                .weight("w3", 2, 8, 1, 1)
                .node("a = Conv(x, w1)")
                .node(conv)
                .node("y = Conv(c, w3)")
                .output("y")
                .build();

        ChannelGroups groups = Oracle.check(model, 1);

        assertThat(groups.groups()).singleElement().returns(8, ChannelGroup::size);
    }

    @Test
    void aBiasInFrontOfAGeluGoesWithItsChannels() {
        OnnxModel model = ModelText.opset(17)
                .importing(Operators.MICROSOFT, 1)
                .input("x", 2, 5, 6)
                .weight("w1", 6, 8)
                .weight("b1", 8)
                .weight("w2", 8, 3)
                .node("a = MatMul(x, w1)")
                .node(fused("BiasGelu", List.of("a", "b1"), "g"))
                .node("y = MatMul(g, w2)")
                .output("y")
                .build();

        ChannelGroups groups = Oracle.check(model, 1);

        assertThat(groups.groups()).singleElement().returns(8, ChannelGroup::size);
    }

    @Test
    void fusedAttentionIsDeclinedWithTheWayOut() {
        NodeProto attention = Node.of(fused("Attention", List.of("a", "qkv", "bias"), "t"))
                .with("num_heads", 2)
                .proto();
        OnnxModel model = ModelText.opset(17)
                .importing(Operators.MICROSOFT, 1)
                .input("x", 2, 5, 6)
                .weight("w1", 6, 8)
                .weight("qkv", 8, 24)
                .weight("bias", 24)
                .weight("w2", 8, 3)
                .node("a = MatMul(x, w1)")
                .node(attention)
                .node("y = MatMul(t, w2)")
                .output("y")
                .build();
        Node node = model.graph().producer("t");

        ChannelGroups groups = ChannelGroups.of(model);

        assertThat(groups.groups()).isEmpty();
        String wayOut = "cut the network as it was exported, before it is optimized";
        assertThat(groups.declined().values()).allMatch(reason -> reason.contains(wayOut));
        assertThat(groups.outputReason(node)).hasValueSatisfying(reason -> assertThat(reason)
                .startsWith("Attention is made of several by ONNX Runtime")
                .contains(wayOut));
    }
}
