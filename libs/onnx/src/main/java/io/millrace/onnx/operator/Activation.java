package io.millrace.onnx.operator;

import io.millrace.onnx.channels.NodeView;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.channels.Zeros;
import io.millrace.onnx.shape.Broadcast;
import io.millrace.onnx.shape.Call;
import java.util.List;

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
                .settings(MIN, MAX);
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
        for (String name : "FastGelu BiasGelu QLinearSigmoid QLinearLeakyRelu QLinearSoftmax".split(" ")) {
            Operators.runtime(name).shape(Call::outAsIn).elementwise();
        }
        Operators.standard("PRelu")
                .shape(Activation::slopedShape)
                .channels(Arithmetic::follow)
                .zeroIf(site -> site.keepsZero(0) && Zeros.covers(site, 0));
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
