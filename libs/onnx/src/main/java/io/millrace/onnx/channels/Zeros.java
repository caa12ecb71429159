package io.millrace.onnx.channels;

import io.millrace.onnx.rewrite.Uniform;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Tells whether channels that are zero stay zero behind an operator. It decides how a channel is switched off: by its
 * rows alone, or also by the columns that read what an activation such as Sigmoid makes of zero.
 */
final class Zeros {
    private static final Set<String> FIRST_DECIDES = Set.of(
            ("Abs Asin Asinh Atan Atanh AveragePool Cast CastLike Ceil Celu DepthToSpace Dropout Elu Erf Flatten Floor"
                            + " Gather GatherND Gelu GlobalAveragePool GlobalLpPool GlobalMaxPool HardSwish Identity LeakyRelu LpPool MaxPool"
                            + " Mish Neg ReduceL1 ReduceL2 ReduceMax ReduceMean ReduceMin ReduceSum ReduceSumSquare Relu"
                            + " Reshape Resize Round Selu SequenceAt Shrink Sign Sin Sinh Slice Softsign SpaceToDepth Split SplitToSequence Sqrt Squeeze Swish"
                            + " Tan Tanh ThresholdedRelu Tile Transpose Trilu Unsqueeze Upsample")
                    .split(" "));
    private static final Set<String> MADE_ZERO = Set.of(
            "Conv", "ConvTranspose", "Gemm", "BatchNormalization", "InstanceNormalization", "GroupNormalization");

    private Zeros() {}

    static boolean areKept(Site site) {
        IntPredicate zero = i -> canBeZero(site, i);
        int inputs = site.node.inputs().size();
        String op = site.node.op();
        if (!site.node.domain().isEmpty()) {
            return false;
        }
        if (MADE_ZERO.contains(op)) {
            return canBeZero(site, 1) && biasIsZero(site);
        }
        return switch (op) {
            case "MatMul" -> matMul(site);
            case "Mul" -> mul(site);
            case "Add", "Sub", "Sum", "Max", "Min" ->
                IntStream.range(0, inputs)
                        .allMatch(i -> covers(site, i) && (isBias(site) ? canBeZero(site, i) : site.keepsZero(i)));
            case "Where" -> covers(site, 1) && covers(site, 2) && site.keepsZero(1) && site.keepsZero(2);
            case "Concat" -> IntStream.range(0, inputs).allMatch(zero);
            case "Clip" -> site.keepsZero(0) && clipKeepsZero(site);
            case "Pad" -> site.keepsZero(0) && padsWithZero(site);
            case "Div", "PRelu" -> site.keepsZero(0) && covers(site, 0);
            case "Expand" -> canBeZero(site, 0) && covers(site, 0) || isZero(site, 0);
            case "ConstantOfShape" -> site.node.tensorAttribute("value").isEmpty();
            case "LayerNormalization" -> site.flow.throughLayerNorm;
            default -> FIRST_DECIDES.contains(op) && canBeZero(site, 0);
        };
    }

    /** Whether the channels of an input are zero with their rows, or are stored rows themselves. */
    private static boolean canBeZero(Site site, int input) {
        return site.keepsZero(input)
                || site.flow.graph.constant(site.node.input(input)).isPresent();
    }

    private static boolean isZero(Site site, int input) {
        return Uniform.valueOf(site.flow.graph, site.node.input(input)).orElse(1) == 0;
    }

    /** Whether the bias of a layer is none, zero, or a number for each channel that can be made zero. */
    private static boolean biasIsZero(Site site) {
        if (!site.node.is("Conv", "ConvTranspose", "Gemm") || !site.has(2) || isZero(site, 2)) {
            return true;
        }
        return canBeZero(site, 2) && !site.layout(2).isEmpty();
    }

    /** Whether a stored tensor becomes part of the data here: an embedding looked up, a class token repeated. */
    static boolean movesStored(Site site) {
        return FIRST_DECIDES.contains(site.node.op()) && site.isStored(0);
    }

    private static boolean isBias(Site site) {
        return site.node.is("Add", "Sub", "Sum");
    }

    /** Whether an input has atoms wherever the result has; an axis that is broadcast has none of the result's. */
    private static boolean covers(Site site, int input) {
        if (site.outShape(0) == null || site.rank(input) < 0) {
            return false;
        }
        Map<Integer, Integer> own = sizes(site.layout(input), site.outShape(0).size() - site.rank(input));
        return own.entrySet()
                .containsAll(sizes(site.flow.layout(site.node.output(0)), 0).entrySet());
    }

    private static Map<Integer, Integer> sizes(Layout layout, int shift) {
        Map<Integer, Integer> sizes = new HashMap<>();
        for (Part part : layout.parts()) {
            for (int i = 0; i < part.axes().length; i++) {
                sizes.put(part.axes()[i] + shift, part.dims()[i]);
            }
        }
        return sizes;
    }

    private static boolean mul(Site site) {
        List<Integer> zeros =
                IntStream.range(0, 2).filter(site::keepsZero).boxed().toList();
        return zeros.size() == 2 || zeros.size() == 1 && covers(site, zeros.get(0));
    }

    private static boolean matMul(Site site) {
        if (site.isStored(0) != site.isStored(1)) {
            boolean batched = site.layout(0).parts().stream().anyMatch(p -> p.axes()[0] < site.rank(0) - 1);
            return !batched || site.keepsZero(0) && site.isStored(1);
        }
        return site.keepsZero(0) && site.keepsZero(1)
                || site.keepsZero(1) && covers(site, 1)
                || site.keepsZero(0) && covers(site, 0);
    }

    private static boolean clipKeepsZero(Site site) {
        float low = bound(site, "min", 1, Float.NEGATIVE_INFINITY);
        float high = bound(site, "max", 2, Float.POSITIVE_INFINITY);
        return low <= 0 && high >= 0;
    }

    private static float bound(Site site, String attribute, int input, float otherwise) {
        if (site.has(input)) {
            return site.flow
                    .graph
                    .constant(site.node.input(input))
                    .map(tensor -> tensor.floats()[0])
                    .orElse(Float.NaN);
        }
        return site.node.floatAttribute(attribute, otherwise);
    }

    private static boolean padsWithZero(Site site) {
        return site.has(2) ? bound(site, "value", 2, 0) == 0 : site.node.floatAttribute("value", 0) == 0;
    }
}
