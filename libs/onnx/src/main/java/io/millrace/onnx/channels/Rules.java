package io.millrace.onnx.channels;

import io.millrace.onnx.Node;
import java.util.HashMap;
import java.util.Map;

/** Which rule an operator follows. Whoever teaches the algebra an operator adds it here. */
final class Rules {
    /** What is not understood freezes all it reads. */
    static final Rule UNKNOWN = site -> {
        String operator = site.node.domain().isEmpty() ? site.node.op() : site.node.domain() + "." + site.node.op();
        site.freezeAll("feeds operator " + operator + (site.node.name().isEmpty() ? "" : " '" + site.node.name() + "'")
                + ", which is not understood");
        site.node.outputs().forEach(output -> {
            site.flow.give(output, Layout.NONE);
            site.flow.name(output, "the result of " + site.label() + ", which is not understood");
        });
    };

    /** A node whose results have no shape that is known. */
    static final Rule UNSHAPED = site -> {
        site.freezeAll("feeds " + site.label() + ", whose result has no known shape");
        ElementwiseRules.nothing(site);
    };

    private static final Map<String, Rule> RULES = new HashMap<>();

    private Rules() {}

    static Rule of(Node node) {
        return node.domain().isEmpty() ? RULES.getOrDefault(node.op(), UNKNOWN) : UNKNOWN;
    }

    private static void rule(Rule rule, String... operators) {
        for (String operator : operators) {
            RULES.put(operator, rule);
        }
    }

    static {
        rule(LayerRules::conv, "Conv");
        rule(LayerRules::convTranspose, "ConvTranspose");
        rule(LayerRules::gemm, "Gemm");
        rule(LayerRules::matMul, "MatMul");
        rule(
                ElementwiseRules::unary,
                "Abs Acos Acosh Asin Asinh Atan Atanh Cast CastLike Ceil Celu Clip Cos Cosh Dropout Elu Erf Exp Floor Gelu HardSigmoid"
                        .split(" "));
        rule(
                ElementwiseRules::unary,
                ("HardSwish Identity IsInf IsNaN LeakyRelu Log Mish Neg Not Reciprocal Relu Round Selu Shrink Sigmoid Sign"
                                + " Sin Sinh Softplus Softsign Sqrt Swish Tan Tanh ThresholdedRelu")
                        .split(" "));
        rule(
                ElementwiseRules::broadcasting,
                ("Add Sub Mul Div Pow Mod Max Min Sum Mean Where And Or Xor Equal Greater GreaterOrEqual Less LessOrEqual"
                                + " PRelu")
                        .split(" "));
        rule(ElementwiseRules::nothing, "Shape", "Range", "RandomNormal", "RandomUniform", "EyeLike");
        rule(MovementRules::reshape, "Reshape");
        rule(MovementRules::flatten, "Flatten", "Squeeze", "Unsqueeze");
        rule(MovementRules::transpose, "Transpose");
        rule(MovementRules::concat, "Concat");
        rule(MovementRules::split, "Split");
        rule(MovementRules::slice, "Slice");
        rule(SequenceSplits::split, "SplitToSequence");
        rule(SequenceSplits::at, "SequenceAt");
        rule(MovementRules::gather, "Gather");
        rule(MovementRules::gatherNd, "GatherND");
        rule(MovementRules::expand, "Expand");
        rule(MovementRules::constantOfShape, "ConstantOfShape");
        rule(MovementRules::tile, "Tile");
        rule(MovementRules::pad, "Pad");
        rule(MovementRules::depthToSpace, "DepthToSpace");
        rule(MovementRules::spaceToDepth, "SpaceToDepth");
        rule(MovementRules::resize, "Resize", "Upsample");
        rule(NormalizationRules::batch, "BatchNormalization");
        rule(NormalizationRules::instance, "InstanceNormalization");
        rule(NormalizationRules::group, "GroupNormalization");
        rule(NormalizationRules::layer, "LayerNormalization", "RMSNormalization");
        rule(ReductionRules::pool, "MaxPool", "AveragePool", "LpPool");
        rule(ReductionRules::pool, "GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool");
        rule(ReductionRules::softmax, "Softmax", "LogSoftmax", "Hardmax");
        rule(
                ReductionRules::reduce,
                ("ReduceMean ReduceSum ReduceMax ReduceMin ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp"
                                + " ReduceSumSquare ArgMax ArgMin")
                        .split(" "));
        rule(site -> ReductionRules.along(site, -1), "LpNormalization");
        rule(site -> ReductionRules.mixing(site, 1), "LRN");
        rule(site -> ReductionRules.mixing(site, -2, -1), "Trilu");
        rule(
                site -> site.freezeAll("feeds " + site.label() + ": the network is quantized already"),
                "QuantizeLinear",
                "DequantizeLinear");
    }
}
