package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.Optional;
import java.util.function.Function;

/**
 * Whether a Loop comes to an end: that its trip count is stored and no machine's work, or that its condition may become
 * false. A Loop of which neither is so would keep a run busy for ever.
 */
final class LoopCheck {
    /** A machine that does a turn each microsecond needs twelve days for so many. */
    private static final long MOST_TURNS = 1L << 40;

    private final GraphProto body;
    private final Function<String, Optional<Tensor>> outer;

    private LoopCheck(GraphProto body, Function<String, Optional<Tensor>> outer) {
        this.body = body;
        this.outer = outer;
    }

    /**
     * @param constants what is stored around the Loop, by name
     * @throws InvalidModelException if the Loop never ends
     */
    static void check(Node loop, Function<String, Optional<Tensor>> constants) {
        GraphProto body = loop.attribute("body").map(AttributeProto::getG).orElse(GraphProto.getDefaultInstance());
        boolean goesOn = loop.input(1).isEmpty() || isTrue(constants.apply(loop.input(1)));
        if (!goesOn || body.getInputCount() < 2 || body.getOutputCount() == 0) {
            return;
        }
        Optional<Tensor> turns = loop.input(0).isEmpty() ? Optional.empty() : constants.apply(loop.input(0));
        boolean bounded = !loop.input(0).isEmpty()
                && turns.map(count -> count.longs()[0] < MOST_TURNS).orElse(true);
        if (!bounded
                && new LoopCheck(body, constants).staysTrue(body.getOutput(0).getName())) {
            throw new InvalidModelException("node '" + loop.label() + "' (Loop) never ends: "
                    + turns.map(count -> "it runs " + count.longs()[0] + " times")
                            .orElse("it has no trip count")
                    + " and its condition is always true; give it a trip count, or a condition that its body computes");
        }
    }

    private static boolean isTrue(Optional<Tensor> value) {
        return value.filter(tensor -> tensor.count() == 1)
                .filter(tensor -> tensor.longs()[0] != 0)
                .isPresent();
    }

    /** Whether a value of the body is true, or what the condition was before. */
    private boolean staysTrue(String value) {
        String at = value;
        for (int i = 0; i <= body.getNodeCount(); i++) {
            if (at.equals(body.getInput(1).getName())) {
                return true;
            }
            Node maker = maker(at);
            if (maker == null || !maker.is("Identity")) {
                return isTrue(constant(body, at)) || maker == null && isTrue(outer.apply(at));
            }
            at = maker.input(0);
        }
        return false;
    }

    private Node maker(String value) {
        return body.getNodeList().stream()
                .filter(node -> node.getOutputList().contains(value))
                .findFirst()
                .map(Node::of)
                .orElse(null);
    }

    /** What a graph stores under a name, as an initializer or in a Constant node; empty for all that is in other files. */
    static Optional<Tensor> constant(GraphProto graph, String name) {
        Optional<TensorProto> stored = graph.getInitializerList().stream()
                .filter(tensor -> tensor.getName().equals(name) && !ExternalData.isExternal(tensor))
                .findFirst();
        return stored.isPresent()
                ? stored.flatMap(Tensor::numbers)
                : graph.getNodeList().stream()
                        .filter(node -> node.getOutputList().contains(name))
                        .findFirst()
                        .flatMap(node -> Constants.valueOf(Node.of(node)));
    }
}
