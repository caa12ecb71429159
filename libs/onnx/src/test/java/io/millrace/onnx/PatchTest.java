package io.millrace.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.Provenance.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PatchTest {
    private static OnnxModel diamond() {
        return ModelText.opset(13)
                .input("x", 1, 4)
                .weight("w", 4, 4)
                .weight("v", 4, 4)
                .node("a = MatMul(x, w)")
                .node("b = Relu(a)")
                .node("c = MatMul(a, v)")
                .node("y = Add(b, c)")
                .output("y")
                .build();
    }

    @Test
    void aNodeIsReplacedAndSaysByWhat() {
        OnnxModel model = diamond();
        Graph graph = model.graph();
        Patch patch = Patch.of(graph, "soften");
        Node sigmoid = patch.node("Sigmoid", "b_sigmoid", "a");
        Node product = Node.of("Mul", "", List.of("a", sigmoid.output(0)), List.of("b"));
        List<Node> made = patch.replace(graph.producer("b"), sigmoid, product).apply();
        assertThat(graph.nodes()).extracting(Node::op).containsExactly("MatMul", "Sigmoid", "Mul", "MatMul", "Add");
        assertThat(made).hasSize(2).allSatisfy(node -> assertThat(Provenance.of(node))
                .containsExactly(new Step("soften", "Relu -> b")));
        assertThat(Provenance.of(graph.producer("y"))).isEmpty();
        OnnxModel again = OnnxReader.read(java.nio.ByteBuffer.wrap(model.toBytes()));
        assertThat(Provenance.of(again.graph().producer("b")))
                .extracting(Step::name)
                .containsExactly("soften");
        assertThat(OrtRun.run(model, OrtRun.randomInputs(model, 1, 1)).get("y")).hasSize(4);
    }

    @Test
    void severalNodesAreNamedInTheirOrder() {
        for (int i = 0; i < 20; i++) {
            Graph graph = diamond().graph();
            List<Node> made = Patch.of(graph, "fuse")
                    .replace(
                            List.of(graph.producer("y"), graph.producer("c"), graph.producer("b")),
                            Node.of("Relu", "", List.of("a"), List.of("y")))
                    .apply();
            assertThat(Provenance.of(made.get(0)))
                    .containsExactly(new Step("fuse", "Relu -> b, MatMul -> c, Add -> y"));
        }
    }

    @Test
    void stepsAddUp() {
        OnnxModel model = diamond();
        Graph graph = model.graph();
        Patch.of(graph, "first").set("w", Tensor.ofFloats(new float[16], 4, 4)).apply();
        Patch.of(graph, "second").redirect(graph.producer("a"), "w", "v").apply();
        assertThat(Provenance.of(graph.producer("a"))).extracting(Step::name).containsExactly("first", "second");
        assertThat(graph.initializers()).containsOnlyKeys("v");
    }

    @Test
    void whatNothingReadsAnyMoreGoes() {
        OnnxModel model = diamond();
        Graph graph = model.graph();
        Patch patch = Patch.of(graph, "shorten");
        patch.replace(graph.producer("y"), Node.of("Relu", "", List.of("x"), List.of("y")))
                .apply();
        assertThat(graph.nodes()).hasSize(1);
        assertThat(graph.initializers()).isEmpty();
    }

    @Test
    void aChainOfValuesBecomesStoredAtOnce() {
        OnnxModel model = diamond();
        Graph graph = model.graph();
        Tensor row = Tensor.ofFloats(new float[] {1, 2, 3, 4}, 1, 4);
        Patch.of(graph, "store").set("a", row).set("b", row).set("c", row).apply();
        assertThat(graph.nodes()).extracting(Node::op).containsExactly("Add");
        assertThat(OrtRun.run(model, OrtRun.randomInputs(diamond(), 1, 1)).get("y"))
                .containsExactly(2, 4, 6, 8);
    }

    @Test
    void addedNodesStandBehindWhatTheyRead() {
        OnnxModel model = diamond();
        Graph graph = model.graph();
        Patch patch = Patch.of(graph, "scale");
        String two = patch.store("two", Tensor.scalar(2));
        Node scaled = patch.node("Mul", "a_scaled", "a", two);
        patch.add(scaled)
                .redirect(graph.producer("b"), "a", scaled.output(0))
                .redirect(graph.producer("c"), "a", scaled.output(0))
                .apply();
        assertThat(graph.nodes()).extracting(Node::op).containsExactly("MatMul", "Mul", "Relu", "MatMul", "Add");
        Map<String, Tensor> inputs = OrtRun.randomInputs(model, 3, 1);
        float[] before = OrtRun.run(diamond(), inputs).get("y");
        float[] after = OrtRun.run(model, inputs).get("y");
        for (int i = 0; i < before.length; i++) {
            assertThat(after[i]).isEqualTo(2 * before[i], within(1e-5f));
        }
    }

    @Test
    void aRefusedPatchLeavesTheGraphAsItWas() {
        OnnxModel model = diamond();
        Graph graph = model.graph();
        byte[] before = model.toBytes();
        List<Patch> refused = new ArrayList<>();
        refused.add(Patch.of(graph, "p").remove(graph.producer("b")));
        refused.add(Patch.of(graph, "p").remove(graph.producer("y")));
        refused.add(Patch.of(graph, "p")
                .set("w", Tensor.scalar(1))
                .replace(graph.producer("b"), Node.of("Relu", "", List.of("nowhere"), List.of("b"))));
        refused.add(Patch.of(graph, "p").replace(graph.producer("b"), Node.of("Relu", "", List.of("c"), List.of("b"))));
        refused.add(Patch.of(graph, "p")
                .replace(
                        graph.producer("b"),
                        Node.of("Relu", "", List.of("a"), List.of("w")),
                        Node.of("Relu", "", List.of("a"), List.of("b"))));
        refused.add(Patch.of(graph, "p")
                .outputs(List.of(ValueInfoProto.newBuilder().setName("nowhere").build())));
        refused.add(Patch.of(graph, "p").forget("w"));
        refused.add(Patch.of(graph, "p").redirect(graph.producer("a"), "x", "y"));
        for (Patch patch : refused) {
            assertThatThrownBy(patch::apply)
                    .isInstanceOf(InvalidModelException.class)
                    .hasMessageStartingWith("p: ");
            assertThat(model.toBytes()).isEqualTo(before);
            assertThat(graph.consumers("a")).extracting(Node::op).containsExactly("Relu", "MatMul");
        }
    }

    @Test
    void namesAvoidEverythingThatHasAName() {
        OnnxModel model = ModelText.opset(13)
                .input("x", 1, 4)
                .input("flag", ElementType.BOOL)
                .weight("stored", 4)
                .node("y = If(flag)", n -> n.withName("node")
                        .with(ModelText.graphAttribute(
                                "then_branch",
                                ModelText.opset(13)
                                        .node("inner = Relu(x)", r -> r.withName("innerNode"))
                                        .output("inner")
                                        .graph()))
                        .with(ModelText.graphAttribute(
                                "else_branch",
                                ModelText.opset(13)
                                        .node("other = Add(x, stored)")
                                        .output("other")
                                        .graph())))
                .output("y")
                .build();
        Patch patch = Patch.of(model.graph(), "p");
        for (String taken : List.of("x", "stored", "y", "node", "inner", "innerNode", "other", "flag")) {
            assertThat(patch.name(taken)).isEqualTo(taken + "_1");
            assertThat(patch.name(taken)).isEqualTo(taken + "_2");
        }
        assertThat(model.graph().consumers("stored")).hasSize(1);
        assertThat(model.graph().consumers("inner")).isEmpty();
    }

    @Test
    void nodesAreWrittenInTheFormOfTheOpset() {
        OnnxModel model = ModelText.opset(7)
                .input("x", 2, 4)
                .weight("w", 4, 4)
                .node("a = MatMul(x, w)")
                .node("y = Relu(a)")
                .output("y")
                .build();
        Map<String, Tensor> inputs = OrtRun.randomInputs(model, 3, 1);
        float[] before = OrtRun.run(model, inputs).get("y");
        Graph graph = model.graph();
        Patch patch = Patch.of(graph, "p");
        Node unsqueezed = patch.node("Unsqueeze", "u", "x", patch.store("axes", Tensor.ofLongs(new long[] {0}, 1)));
        Node squeezed = patch.node("Squeeze", "s", "u", patch.store("axes", Tensor.ofLongs(new long[] {0}, 1)));
        Node sliced = patch.node(
                "Slice",
                "sl",
                "s",
                patch.store("starts", Tensor.ofLongs(new long[] {0}, 1)),
                patch.store("ends", Tensor.ofLongs(new long[] {9}, 1)),
                patch.store("axes", Tensor.ofLongs(new long[] {1}, 1)));
        patch.add(unsqueezed, squeezed, sliced)
                .replace(graph.producer("a"), Node.of("Gemm", "", List.of("sl", "w"), List.of("a")))
                .apply();
        assertThat(graph.producer("a").inputs()).hasSize(3);
        assertThat(graph.initializers()).hasSize(2);
        assertThat(OrtRun.run(model, inputs).get("y")).containsExactly(before, within(1e-5f));

        Patch impossible = Patch.of(graph, "p");
        impossible.add(impossible.node("QuantizeLinear", "q", "x", impossible.store("s", Tensor.scalar(1))));
        assertThatThrownBy(impossible::apply).hasMessageContaining("opset 7");
    }

    /** Quantizers around every node of a long chain: time follows what is touched. */
    @Test
    void twoThousandInsertionsTakeNoTime() {
        ModelText text = ModelText.opset(13).input("v0", 1, 4).weight("scale");
        for (int i = 0; i < 2000; i++) {
            text.node("v" + (i + 1) + " = Relu(v" + i + ")");
        }
        OnnxModel model = text.output("v2000").build();
        Graph graph = model.graph();
        long start = System.nanoTime();
        for (int i = 0; i < 2000; i++) {
            String value = "v" + i;
            Patch patch = Patch.of(graph, "quantize");
            String scale = patch.store(value + "_scale", Tensor.scalar(0.1f));
            Node quantize = patch.node("QuantizeLinear", value + "_quantized", value, scale);
            Node dequantize = patch.node("DequantizeLinear", value + "_dequantized", quantize.output(0), scale);
            patch.add(quantize, dequantize)
                    .redirect(graph.producer("v" + (i + 1)), value, dequantize.output(0))
                    .apply();
        }
        assertThat((System.nanoTime() - start) / 1e9).as("seconds").isLessThan(5);
        assertThat(graph.nodes()).hasSize(6000);
        OnnxReader.of(model.toProto());
    }

    /** The order of nodes holds through any sequence of insertions and removals. */
    @Property(tries = 50)
    void orderIsKept(@ForAll long seed) {
        java.util.Random random = new java.util.Random(seed);
        List<Node> expected = new ArrayList<>();
        NodeList list = new NodeList(List.of());
        for (int i = 0; i < 300; i++) {
            if (!expected.isEmpty() && random.nextInt(4) == 0) {
                list.remove(expected.remove(random.nextInt(expected.size())));
            } else {
                // Mostly at one place, so that the room between two runs out.
                int at = random.nextInt(5) == 0 ? random.nextInt(expected.size() + 1) : expected.size() / 2;
                Node node = Node.of("Relu", "n" + i, List.of(), List.of());
                list.insertBehind(at == 0 ? null : expected.get(at - 1), node);
                expected.add(at, node);
            }
        }
        assertThat(list.toList()).containsExactlyElementsOf(expected);
        for (int i = 1; i < expected.size(); i++) {
            assertThat(list.compare(expected.get(i - 1), expected.get(i))).isNegative();
            assertThat(list.before(expected.get(i))).isSameAs(expected.get(i - 1));
        }
    }
}
