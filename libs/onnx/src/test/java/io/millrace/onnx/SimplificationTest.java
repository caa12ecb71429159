package io.millrace.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.simplify.Evaluator;
import io.millrace.onnx.simplify.Simplification;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A simplified network gives the outputs of the one it was made of. */
class SimplificationTest {
    static List<Path> networks() {
        return Corpus.files();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void givesTheSameOutputs(Path file) {
        OnnxModel model;
        Map<String, Tensor> inputs;
        Map<String, float[]> expected;
        try {
            model = OnnxModel.read(file);
            inputs = OrtRun.randomInputs(model, 3, 1);
            expected = OrtRun.run(model, inputs);
        } catch (InvalidModelException | AssertionError | java.util.NoSuchElementException e) {
            return;
        }
        for (Evaluator evaluator : List.of(Evaluator.plain(), new OrtEvaluator())) {
            Simplification simple = Simplification.of(model, evaluator);
            assertThat(simple.after()).isLessThanOrEqualTo(simple.before());
            OnnxModel again = OnnxReader.of(simple.model().toProto());
            assertThat(OrtRun.difference(expected, OrtRun.run(again, inputs)))
                    .as("%s of %d nodes", file.getFileName(), simple.after())
                    .isLessThan(1e-4);
        }
    }

    private static OnnxModel simple(ModelText text) {
        OnnxModel model = text.build();
        OnnxModel simple = Simplification.of(model).model();
        Map<String, Tensor> inputs = OrtRun.randomInputs(model, 3, 2);
        OnnxModel again = OnnxReader.of(simple.toProto());
        assertThat(OrtRun.difference(OrtRun.run(model, inputs), OrtRun.run(again, inputs)))
                .isLessThan(1e-5);
        return simple;
    }

    @Test
    void pairsThatUndoEachOtherGo() {
        OnnxModel simple = simple(ModelText.opset(13)
                .input("x", 2, 3, 4)
                .longs("s", 2, 12)
                .longs("t", 4, 6)
                .node("a = Transpose(x)", n -> n.with("perm", new long[] {1, 2, 0}))
                .node("b = Transpose(a)", n -> n.with("perm", new long[] {2, 0, 1}))
                .node("c = Reshape(b, s)")
                .node("d = Identity(c)")
                .node("e = Reshape(d, t)")
                .node("y = Relu(e)")
                .output("y"));
        assertThat(simple.graph().nodes()).extracting(Node::op).containsExactly("Reshape", "Relu");
    }

    @Test
    void theBranchThatIsTakenStays() {
        OnnxModel simple = simple(ModelText.opset(13)
                .input("x", 2, 4)
                .weight("w", 4)
                .tensor("yes", Tensor.ofLongs(new long[] {1}).as(ElementType.BOOL))
                .node("inner = Relu(x)")
                .node("y = If(yes)", n -> n.with(ModelText.graphAttribute(
                                "then_branch",
                                ModelText.opset(13)
                                        .weight("v", 4)
                                        .node("p = Add(inner, v)")
                                        .node("q = Mul(p, w)")
                                        .output("q")
                                        .graph()))
                        .with(ModelText.graphAttribute(
                                "else_branch",
                                ModelText.opset(13)
                                        .node("r = Relu(inner)")
                                        .output("r")
                                        .graph())))
                .output("y"));
        assertThat(simple.graph().nodes()).extracting(Node::op).containsExactly("Relu", "Add", "Mul");
    }

    @Test
    void layersTakeWhatScalesShiftsAndPads() {
        OnnxModel simple = simple(ModelText.opset(13)
                .input("x", 1, 2, 6, 6)
                .weight("w", 4, 2, 3, 3)
                .weight("scale", 4, 1, 1)
                .weight("shift", 1, 4, 1, 1)
                .longs("pads", 0, 0, 1, 1, 0, 0, 2, 1)
                .node("p = Pad(x, pads)")
                .node("c = Conv(p, w)", n -> n.with("pads", new long[] {1, 0, 0, 1}))
                .node("m = Mul(c, scale)")
                .node("a = Add(shift, m)")
                .node("y = Relu(a)")
                .output("y"));
        assertThat(simple.graph().nodes()).extracting(Node::op).containsExactly("Conv", "Relu");
        assertThat(Provenance.of(simple.graph().nodes().get(0))).isNotEmpty();
    }

    @Test
    void shapesThatAreDeclaredAreNotComputed() {
        OnnxModel simple = simple(ModelText.opset(13)
                .input("x", "batch", 3, 4)
                .longs("one", 1)
                .longs("open", -1)
                .node("s = Shape(x)")
                .node("c = Gather(s, one)")
                .node("t = Concat(open, c)", n -> n.with("axis", 0))
                .node("r = Reshape(x, t)")
                .node("twin = Relu(r)")
                .node("other = Relu(r)")
                .node("y = Add(twin, other)")
                .output("y"));
        assertThat(simple.graph().nodes()).extracting(Node::op).containsExactly("Reshape", "Relu", "Add");
    }

    @Test
    void outputsKeepTheirNamesAndSubGraphsWhatTheyRead() {
        OnnxModel simple = simple(ModelText.opset(13)
                .input("x", 2, 4)
                .node("a = Relu(x)")
                .node("y = Identity(a)")
                .node("z = Dropout(a)")
                .output("y")
                .output("z"));
        assertThat(simple.graph().outputs()).extracting(v -> v.getName()).containsExactly("y", "z");
    }
}
