package io.millrace.onnx.operator;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.channels.NodeView;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.channels.Zeros;
import io.millrace.onnx.operator.QuantizationRule.Form;
import io.millrace.onnx.shape.Broadcast;
import io.millrace.onnx.shape.Call;
import java.util.List;
import java.util.Optional;

/** Functions of one tensor, element by element, whose values the library does not compute. */
final class Activation {
    private static final Setting MIN = new Setting("min", 1, 11);
    private static final Setting MAX = new Setting("max", 2, 11);

    private Activation() {}

    static void declare() {
        for (String name : ("Asin Asinh Atan Atanh Celu Elu Erf Gelu HardSwish LeakyRelu Mish Relu Selu Shrink Sign Sin"
                        + " Sinh Softsign Swish Tan Tanh ThresholdedRelu")
                .split(" ")) {
            standard(name).channels(Activation::follow).zeroWithFirst();
        }
        for (String name : "Acos Acosh Cos Cosh Exp HardSigmoid Log Reciprocal Sigmoid Softplus".split(" ")) {
            standard(name).channels(Activation::follow);
        }
        standard("Clip")
                .channels(Activation::follow)
                .zeroIf(Activation::clipKeepsZero)
                .quantization(QuantizationRule.FLOAT.bounds(Activation::clipped))
                .settings(MIN, MAX);
        Operators.standard("Relu")
                .quantization(QuantizationRule.FLOAT.bounds((graph, node) -> Optional.of(Interval.POSITIVE)));
        Operators.standard("LeakyRelu")
                .quantization(QuantizationRule.of(Form.ANY_INPUT).scales());
        Operators.standard("Sigmoid").quantization(QuantizationRule.of(Form.ANY_INPUT));
        for (String name : "Affine BitwiseNot ImageScaler ParametricSoftplus Scale ScaledTanh".split(" ")) {
            standard(name);
        }
        Operators.runtime("Gelu")
                .shape(Call::outAsIn)
                .channels(Activation::follow)
                .zeroWithFirst()
                .elementwise();
        Operators.runtime("QuickGelu")
                .shape(Call::outAsIn)
                .channels(Activation::follow)
                .zeroWithFirst()
                .elementwise();
        for (String name : List.of("BiasGelu", "FastGelu")) {
            Operators.runtime(name)
                    .shape(Call::outAsIn)
                    .channels(Arithmetic::followSum)
                    .zeroIf(Arithmetic::sumIsZero)
                    .elementwise();
        }
        for (String name : "QLinearSigmoid QLinearLeakyRelu QLinearSoftmax".split(" ")) {
            Operators.runtime(name).shape(Call::outAsIn).elementwise();
        }
        Operators.standard("PRelu")
                .shape(Activation::slopedShape)
                .channels(Arithmetic::follow)
                .zeroIf(site -> site.keepsZero(0) && Zeros.covers(site, 0))
                .factors(1)
                .quantization(QuantizationRule.FLOAT.scalesIf(
                        (graph, node) -> graph.constant(node.input(1)).isPresent()));
    }

    private static Operator standard(String name) {
        return Operators.standard(name).shape(Call::outAsIn).elementwise();
    }

    /** One input decides; others (the bounds of Clip, the ratio of Dropout) are single numbers. */
    static void follow(Site site) {
        site.giveAll(site.layout(0));
    }

    private static void slopedShape(Call call) {
        Broadcast.dims(call, List.of(call.in(0).dims(), call.in(1).dims()));
        call.outAsIn();
    }

    private static Optional<Interval> clipped(Graph graph, Node clip) {
        Optional<Float> low = bound(graph, clip, MIN, Float.NEGATIVE_INFINITY);
        Optional<Float> high = bound(graph, clip, MAX, Float.POSITIVE_INFINITY);
        return low.isPresent() && high.isPresent()
                ? Optional.of(new Interval(low.get(), high.get()))
                : Optional.empty();
    }

    private static Optional<Float> bound(Graph graph, Node clip, Setting setting, float otherwise) {
        return clip.input(setting.input()).isEmpty()
                ? Optional.of(clip.floatAttribute(setting.attribute(), otherwise))
                : graph.constant(clip.input(setting.input()))
                        .map(Tensor::floats)
                        .map(numbers -> numbers[0]);
    }

    private static boolean clipKeepsZero(NodeView site) {
        return site.keepsZero(0)
                && bound(site, MIN, Float.NEGATIVE_INFINITY) <= 0
                && bound(site, MAX, Float.POSITIVE_INFINITY) >= 0;
    }

    private static float bound(NodeView site, Setting setting, float otherwise) {
        if (site.has(setting.input())) {
            return site.tensor(setting.input())
                    .map(tensor -> tensor.floats()[0])
                    .orElse(Float.NaN);
        }
        return site.node().floatAttribute(setting.attribute(), otherwise);
    }
}
