package io.millrace.onnx.random;

import io.millrace.onnx.Net;
import java.util.List;
import java.util.Map;

/** Operators that work element by element, on one value or on several. */
final class ElementwiseBlocks {
    private ElementwiseBlocks() {}

    static void addTo(Map<String, Block> blocks) {
        blocks.put("Relu", (canvas, on) -> canvas.leave(on.as(canvas.net.relu(on.name()))));
        for (String operator : ("Abs Asinh Atan Ceil Celu Cos Elu Erf Floor HardSigmoid Identity LeakyRelu Neg"
                        + " Round Selu Shrink Sigmoid Sign Sin Softplus Softsign Tanh ThresholdedRelu Dropout")
                .split(" ")) {
            blocks.put(operator, (canvas, on) -> canvas.leave(on.as(canvas.op(operator, on.name()))));
        }
        since(14, "HardSwish", blocks);
        since(18, "Mish", blocks);
        since(20, "Gelu", blocks);
        since(24, "Swish", blocks);
        for (String operator : "Acos Asin Atanh Cosh Exp Log Reciprocal Sinh Sqrt Tan".split(" ")) {
            blocks.put(operator, (canvas, on) -> canvas.leave(on.as(canvas.op(operator, canvas.inside(on)))));
        }
        blocks.put(
                "Acosh",
                (canvas, on) -> canvas.leave(
                        on.as(canvas.op("Acosh", canvas.op("Add", canvas.inside(on), canvas.net.scalar(1))))));
        blocks.put(
                "Clip",
                (canvas, on) -> canvas.leave(on.as(canvas.net.op(
                        "Clip", List.of(on.name(), canvas.net.scalar(canvas.pick(2)), canvas.net.scalar(6))))));
        blocks.put(
                "PRelu",
                (canvas, on) ->
                        canvas.leave(on.as(canvas.op("PRelu", on.name(), canvas.net.weight(on.channels(), 1, 1)))));
        blocks.put("Cast", (canvas, on) -> {
            String wide = canvas.op("Cast", on.name(), "to", 11);
            canvas.leave(on.as(canvas.opset >= 15 ? canvas.op("CastLike", wide, on.name()) : canvas.truth(wide)));
        });
        for (String operator : "Add Sub Mul Max Min Sum Mean".split(" ")) {
            blocks.put(operator, (canvas, on) -> {
                Feature other = canvas.other(on, f -> f.size() == on.size() && isAlike(f, on));
                canvas.leave(on.as(canvas.op(operator, on.name(), other.name())));
            });
        }
        blocks.put("Div", (canvas, on) -> {
            Feature other = canvas.other(on, f -> f.size() == on.size() && isAlike(f, on));
            canvas.leave(on.as(canvas.op("Div", on.name(), canvas.inside(other))));
        });
        blocks.put("Pow", (canvas, on) -> {
            Feature other = canvas.other(on, f -> f.size() == on.size() && isAlike(f, on));
            String exponent = canvas.pick(2) == 0 ? canvas.net.scalar(2) : canvas.inside(other);
            canvas.leave(on.as(canvas.op("Pow", canvas.inside(on), exponent)));
        });
        blocks.put(
                "Mod",
                (canvas, on) -> canvas.leave(
                        on.as(canvas.net.op("Mod", List.of(on.name(), canvas.net.scalar(100)), "fmod", 1))));
        blocks.put(
                "one value on both sides",
                (canvas, on) -> canvas.leave(on.as(canvas.op(canvas.pick("Mul", "Add", "Max"), on.name(), on.name()))));
        blocks.put("stored operand", ElementwiseBlocks::stored);
        blocks.put("Where", (canvas, on) -> {
            Feature other = canvas.other(on, f -> f.size() == on.size() && isAlike(f, on));
            canvas.leave(on.as(canvas.net.op(
                    "Where", List.of(comparison(canvas, on, other), on.name(), canvas.op("Neg", other.name())))));
        });
        blocks.put("truth values", (canvas, on) -> {
            Feature other = canvas.other(on, f -> f.size() == on.size() && isAlike(f, on));
            String first = comparison(canvas, on, other);
            String joined = canvas.op(
                    canvas.pick("And", "Or", "Xor"), first, canvas.op("Less", on.name(), canvas.net.scalar(1.01f)));
            canvas.leave(on.as(canvas.truth(canvas.op("Not", joined))));
        });
        blocks.put("Equal", (canvas, on) -> {
            String whole = canvas.op("Cast", canvas.op("Relu", on.name()), "to", 7);
            canvas.leave(on.as(canvas.truth(canvas.op("Equal", whole, canvas.net.index(0)))));
        });
        blocks.put("not a number", (canvas, on) -> {
            String test = canvas.op(canvas.pick("IsNaN", "IsInf"), on.name());
            canvas.leave(on.as(canvas.op("Add", on.name(), canvas.truth(test))));
        });
    }

    private static void since(int opset, String operator, Map<String, Block> blocks) {
        blocks.put(operator, (canvas, on) -> {
            if (canvas.opset >= opset) {
                canvas.leave(on.as(canvas.op(operator, on.name())));
            }
        });
    }

    private static void stored(Canvas canvas, Feature on) {
        Net net = canvas.net;
        int c = on.channels();
        String operand =
                switch (canvas.pick(5)) {
                    case 1 -> net.weight(1);
                    case 2 -> net.weight(c, 1, 1);
                    case 3 -> net.weight(on.size(), 1);
                    case 4 -> net.weight(c, on.size(), on.size());
                    default -> net.weight(1, c, 1, 1);
                };
        canvas.leave(on.as(canvas.op(canvas.pick("Add", "Mul", "Sub"), on.name(), operand)));
    }

    private static String comparison(Canvas canvas, Feature on, Feature other) {
        String shifted = canvas.op("Add", other.name(), canvas.net.scalar(0.37f));
        return canvas.op(canvas.pick("Greater", "Less", "GreaterOrEqual", "LessOrEqual"), on.name(), shifted);
    }

    private static boolean isAlike(Feature one, Feature other) {
        return one.channels() == other.channels() || one.channels() == 1;
    }
}
