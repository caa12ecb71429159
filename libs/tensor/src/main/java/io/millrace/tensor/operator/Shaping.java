package io.millrace.tensor.operator;

import static io.millrace.tensor.operator.NativeOperation.of;

import io.millrace.tensor.Libtorch;
import io.millrace.tensor.operator.NativeOperation.Mapping;
import io.millrace.tensor.operator.NodeSpec.Integers;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/** What changes the shape of a tensor, or makes a tensor from a shape; no value is computed. */
final class Shaping {
    private Shaping() {}

    static void addTo(Map<String, Mapping> table) {
        table.put("Reshape", Shaping::reshape);
        table.put("Flatten", node -> {
            long axis = node.integer("axis", 1);
            return of(in -> {
                long[] dims = Libtorch.dims(in[0]);
                long rows =
                        Arrays.stream(dims, 0, NodeSpec.axis(axis, dims.length)).reduce(1, (a, b) -> a * b);
                return in[0].reshape(rows, in[0].numel() / Math.max(1, rows));
            });
        });
        table.put("Transpose", node -> {
            long[] order = node.integers("perm");
            return of(in -> in[0].permute(order != null ? order : reversed(in[0].dim())));
        });
        table.put("Squeeze", node -> {
            Integers axes = node.integersOf("axes", 1);
            return of(in -> {
                long[] given = axes.in(in);
                return given == null ? in[0].squeeze() : in[0].squeeze(given);
            });
        });
        table.put("Unsqueeze", node -> {
            Integers axes = node.integersOf("axes", 1);
            return of(in -> unsqueeze(in[0], axes.in(in)));
        });
        table.put("Expand", node -> {
            Integers shape = node.integersOf(1);
            return of(in -> in[0].expand(broadcast(Libtorch.dims(in[0]), shape.in(in))));
        });
        table.put("Tile", node -> {
            Integers repeats = node.integersOf(1);
            return of(in -> torch.tile(in[0], repeats.in(in)));
        });
        table.put("DepthToSpace", Shaping::depthToSpace);
        table.put("SpaceToDepth", Shaping::spaceToDepth);

        table.put("Shape", node -> {
            long start = node.integer("start", 0);
            long end = node.integer("end", Long.MAX_VALUE);
            return of(in -> {
                long[] dims = Libtorch.dims(in[0]);
                int from = clamp(start, dims.length);
                long[] part = Arrays.copyOfRange(dims, from, Math.max(from, clamp(end, dims.length)));
                return Libtorch.ofLongs(part, part.length);
            });
        });
        table.put("Size", node -> of(in -> Libtorch.ofLongs(new long[] {in[0].numel()})));
        table.put("ConstantOfShape", Shaping::constantOfShape);
        table.put(
                "Range",
                node -> of(in -> torch.arange(
                        in[0].item(), in[1].item(), in[2].item(), new TensorOptions(in[0].scalar_type()))));
    }

    private static NativeOperation reshape(NodeSpec node) {
        Integers shape = node.integersOf("shape", 1);
        boolean zeroIsZero = node.integer("allowzero", 0) != 0;
        return of(in -> {
            long[] wanted = shape.in(in).clone();
            for (int i = 0; i < wanted.length && !zeroIsZero; i++) {
                wanted[i] = wanted[i] == 0 ? in[0].size(i) : wanted[i];
            }
            return in[0].reshape(wanted);
        });
    }

    private static Tensor unsqueeze(Tensor input, long[] axes) {
        long rank = input.dim() + axes.length;
        Tensor result = input;
        for (long axis :
                LongStream.of(axes).map(a -> NodeSpec.axis(a, rank)).sorted().toArray()) {
            result = result.unsqueeze(axis);
        }
        return result;
    }

    private static long[] broadcast(long[] dims, long[] wanted) {
        long[] result = new long[Math.max(dims.length, wanted.length)];
        for (int i = 1; i <= result.length; i++) {
            long a = i <= dims.length ? dims[dims.length - i] : 1;
            long b = i <= wanted.length ? wanted[wanted.length - i] : 1;
            result[result.length - i] = a == 1 ? b : a;
        }
        return result;
    }

    private static NativeOperation depthToSpace(NodeSpec node) {
        long block = node.integer("blocksize", 1);
        boolean depthFirst = node.text("mode", "DCR").equals("DCR");
        return of(in -> {
            long[] d = Libtorch.dims(in[0]);
            long depth = d[1] / (block * block);
            Tensor spread = depthFirst
                    ? in[0].reshape(d[0], block, block, depth, d[2], d[3]).permute(0, 3, 4, 1, 5, 2)
                    : in[0].reshape(d[0], depth, block, block, d[2], d[3]).permute(0, 1, 4, 2, 5, 3);
            return spread.reshape(d[0], depth, d[2] * block, d[3] * block);
        });
    }

    private static NativeOperation spaceToDepth(NodeSpec node) {
        long block = node.integer("blocksize", 1);
        long[] order =
                node.text("mode", "DCR").equals("CRD") ? new long[] {0, 1, 3, 5, 2, 4} : new long[] {0, 3, 5, 1, 2, 4};
        return of(in -> {
            long[] d = Libtorch.dims(in[0]);
            return in[0].reshape(d[0], d[1], d[2] / block, block, d[3] / block, block)
                    .permute(order)
                    .reshape(d[0], d[1] * block * block, d[2] / block, d[3] / block);
        });
    }

    private static NativeOperation constantOfShape(NodeSpec node) {
        Integers shape = node.integersOf(0);
        io.millrace.onnx.Tensor value = node.node()
                .tensorAttribute("value")
                .flatMap(io.millrace.onnx.Tensor::numbers)
                .orElseGet(() -> io.millrace.onnx.Tensor.ofFloats(new float[1], 1));
        TensorOptions options = new TensorOptions(Libtorch.scalarType(value.type()));
        Scalar fill =
                value.type().isFloatingPoint() ? new Scalar((double) value.floats()[0]) : new Scalar(value.longs()[0]);
        return of(in -> torch.full(shape.in(in), fill, options));
    }

    private static long[] reversed(long rank) {
        return LongStream.range(0, rank).map(i -> rank - 1 - i).toArray();
    }

    private static int clamp(long index, int rank) {
        return (int) Math.max(0, Math.min(rank, index < 0 ? index + rank : index));
    }
}
