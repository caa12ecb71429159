package io.millrace.tensor.operator;

import static io.millrace.tensor.operator.NativeOperation.of;

import io.millrace.tensor.operator.NativeOperation.Mapping;
import io.millrace.tensor.operator.NodeSpec.Integers;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Sums, means and extremes over axes. */
final class Reductions {
    private Reductions() {}

    @FunctionalInterface
    private interface Reduction {
        Tensor over(Tensor input, long[] axes, boolean keep);
    }

    static void addTo(Map<String, Mapping> table) {
        table.put("ReduceMean", over((x, axes, keep) -> torch.mean(x, axes, keep, null)));
        table.put("ReduceSum", over(Reductions::sum));
        table.put("ReduceMax", over((x, axes, keep) -> extreme(torch::amax, Double.NEGATIVE_INFINITY, x, axes, keep)));
        table.put("ReduceMin", over((x, axes, keep) -> extreme(torch::amin, Double.POSITIVE_INFINITY, x, axes, keep)));
        table.put("ReduceProd", over(Reductions::product));
        table.put("ReduceL1", over((x, axes, keep) -> sum(x.abs(), axes, keep)));
        table.put("ReduceL2", over((x, axes, keep) -> x.norm(new ScalarOptional(new Scalar(2.0)), axes, keep)));
        table.put("ReduceSumSquare", over((x, axes, keep) -> sum(x.square(), axes, keep)));
        table.put("ReduceLogSum", over((x, axes, keep) -> sum(x, axes, keep).log()));
        table.put("ReduceLogSumExp", over(torch::logsumexp));
        table.put("ArgMax", node -> argument(node, torch::argmax));
        table.put("ArgMin", node -> argument(node, torch::argmin));
        table.put("CumSum", node -> {
            boolean exclusive = node.integer("exclusive", 0) != 0;
            boolean reverse = node.integer("reverse", 0) != 0;
            Integers axis = node.integersOf(1);
            return of(in -> {
                long[] along = {axis.in(in)[0]};
                Tensor x = reverse ? in[0].flip(along) : in[0];
                Tensor sum = torch.cumsum(x, along[0]);
                Tensor result = exclusive ? sum.sub(x) : sum;
                return reverse ? result.flip(along) : result;
            });
        });
    }

    /** libtorch knows no extreme of nothing. */
    private static Tensor extreme(Reduction reduction, double ofNothing, Tensor x, long[] axes, boolean keep) {
        return x.numel() == 0 ? sum(x, axes, keep).fill_(new Scalar(ofNothing)) : reduction.over(x, axes, keep);
    }

    private static Tensor sum(Tensor x, long[] axes, boolean keep) {
        return torch.sum(x, axes, keep, null);
    }

    private static Tensor product(Tensor x, long[] axes, boolean keep) {
        Tensor result = x;
        for (long axis :
                LongStream.of(axes).map(a -> NodeSpec.axis(a, x.dim())).sorted().toArray()) {
            result = torch.prod(result, axis, true, null);
        }
        return keep ? result : result.squeeze(axes);
    }

    private static Mapping over(Reduction reduction) {
        return node -> {
            Integers axes = node.integersOf("axes", 1);
            boolean keep = node.integer("keepdims", 1) != 0;
            boolean emptyMeansNone = node.integer("noop_with_empty_axes", 0) != 0;
            return of(in -> {
                long[] given = axes.in(in);
                if (given == null || given.length == 0) {
                    if (emptyMeansNone) {
                        return in[0].alias();
                    }
                    given = LongStream.range(0, in[0].dim()).toArray();
                }
                return reduction.over(in[0], given, keep);
            });
        };
    }

    @FunctionalInterface
    private interface Argument {
        Tensor along(Tensor input, LongOptional axis, boolean keep);
    }

    private static NativeOperation argument(NodeSpec node, Argument argument) {
        node.refuse(node.integer("select_last_index", 0) != 0, "select_last_index");
        LongOptional axis = new LongOptional(node.integer("axis", 0));
        boolean keep = node.integer("keepdims", 1) != 0;
        return of(in -> argument.along(in[0], axis, keep));
    }
}
