package io.millrace.tensor.operator;

import static io.millrace.tensor.operator.NativeOperation.of;

import io.millrace.tensor.Libtorch;
import io.millrace.tensor.operator.NativeOperation.Mapping;
import io.millrace.tensor.operator.NodeSpec.Integers;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** What takes tensors apart and puts them together. */
final class Selections {
    private Selections() {}

    static void addTo(Map<String, Mapping> table) {
        table.put("Concat", node -> {
            long axis = node.integer("axis", 1);
            return of(in -> {
                try (TensorVector parts = new TensorVector(in)) {
                    return torch.cat(parts, axis);
                }
            });
        });
        table.put("Split", Selections::split);
        table.put("SequenceAt", Selections::partOfSplit);
        table.put("TopK", Selections::largest);
        table.put("Slice", Selections::slice);
        table.put("Gather", Selections::gather);
        table.put("GatherElements", node -> {
            long axis = node.integer("axis", 0);
            return of(in -> torch.gather(
                    in[0],
                    NodeSpec.axis(axis, in[0].dim()),
                    wrapped(in[1], in[0].size(NodeSpec.axis(axis, in[0].dim())))));
        });
        table.put("Pad", Selections::pad);
        table.put("Trilu", node -> {
            boolean upper = node.integer("upper", 1) != 0;
            long diagonal = (long) node.scalar(1, 0);
            return of(in -> upper ? torch.triu(in[0], diagonal) : torch.tril(in[0], diagonal));
        });
    }

    private static NativeOperation split(NodeSpec node) {
        long axis = node.integer("axis", 0);
        Integers sizes = node.integersOf("split", 1);
        int outputs = node.node().outputs().size();
        return (in, training) -> {
            long length = in[0].size(NodeSpec.axis(axis, in[0].dim()));
            long[] lengths = sizes.in(in);
            long each = (length + outputs - 1) / outputs;
            Tensor[] parts = new Tensor[outputs];
            long at = 0;
            for (int i = 0; i < outputs; i++) {
                long size = lengths == null ? Math.min(each, length - at) : lengths[i];
                parts[i] = in[0].narrow(axis, at, size);
                at += size;
            }
            return parts;
        };
    }

    /** Inputs: tensor, sizes of the parts or one size for all (none: 1), position of the wanted part. */
    private static NativeOperation partOfSplit(NodeSpec node) {
        node.refuse(node.node().inputs().size() != 3, "a sequence not made by SplitToSequence");
        long axis = node.integer("axis", 0);
        boolean squeezed = !node.has(1) && node.integer("keepdims", 1) == 0;
        boolean oneSize =
                !node.has(1) || node.constant(1).map(t -> t.rank() == 0).orElse(false);
        node.refuse(node.has(1) && node.constant(1).isEmpty(), "a split computed while the network runs");
        Integers sizes = node.integersOf(1);
        Integers position = node.integersOf(2);
        return of(in -> {
            long[] given = sizes.in(in);
            long length = in[0].size(NodeSpec.axis(axis, in[0].dim()));
            long each = given == null ? 1 : given[0];
            long parts = oneSize ? (length + each - 1) / each : given.length;
            long at = position.in(in)[0];
            int wanted = (int) (at < 0 ? at + parts : at);
            long from =
                    oneSize ? wanted * each : Arrays.stream(given, 0, wanted).sum();
            long size = oneSize ? Math.min(each, length - from) : given[wanted];
            Tensor part = in[0].narrow(axis, from, size);
            return squeezed ? part.squeeze(axis) : part;
        });
    }

    private static NativeOperation largest(NodeSpec node) {
        long axis = node.integer("axis", -1);
        boolean largest = node.integer("largest", 1) != 0;
        boolean sorted = node.integer("sorted", 1) != 0;
        Integers count = node.integersOf("k", 1);
        return (in, training) -> {
            T_TensorTensor_T found = torch.topk(in[0], count.in(in)[0], axis, largest, sorted);
            return new Tensor[] {found.get0().alias(), found.get1().alias()};
        };
    }

    private static NativeOperation slice(NodeSpec node) {
        Integers starts = node.integersOf("starts", 1);
        Integers ends = node.integersOf("ends", 2);
        Integers axes = node.integersOf("axes", 3);
        Integers steps = node.integersOf(4);
        return of(in -> {
            long[] from = starts.in(in);
            long[] to = ends.in(in);
            long[] along = axes.in(in);
            long[] by = steps.in(in);
            Tensor result = in[0].alias();
            for (int i = 0; i < from.length; i++) {
                int axis = NodeSpec.axis(along == null ? i : along[i], in[0].dim());
                result = slice(result, axis, from[i], to[i], by == null ? 1 : by[i]);
            }
            return result;
        });
    }

    private static Tensor slice(Tensor input, int axis, long from, long to, long step) {
        long size = input.size(axis);
        if (step < 0) {
            long start = Math.min(from < 0 ? from + size : from, size - 1);
            long end = Math.max(to < 0 ? to + size : to, -1);
            return slice(input.flip(axis), axis, size - 1 - start, size - 1 - end, -step);
        }
        long start = Math.max(0, Math.min(size, from < 0 ? from + size : from));
        long end = Math.max(start, Math.min(size, to < 0 ? to + size : to));
        Tensor part = input.narrow(axis, start, end - start);
        if (step == 1 || end == start) {
            return part;
        }
        long[] kept = LongStream.iterate(0, i -> i < end - start, i -> i + step).toArray();
        return part.index_select(axis, Libtorch.ofLongs(kept, kept.length));
    }

    private static NativeOperation gather(NodeSpec node) {
        long axis = node.integer("axis", 0);
        return of(in -> {
            long[] dims = Libtorch.dims(in[0]);
            int along = NodeSpec.axis(axis, dims.length);
            long[] indexDims = Libtorch.dims(in[1]);
            long[] result = new long[dims.length - 1 + indexDims.length];
            System.arraycopy(dims, 0, result, 0, along);
            System.arraycopy(indexDims, 0, result, along, indexDims.length);
            System.arraycopy(dims, along + 1, result, along + indexDims.length, dims.length - along - 1);
            return in[0].index_select(along, wrapped(in[1], dims[along]).reshape(-1))
                    .reshape(result);
        });
    }

    /** Indices from the end made indices from the start. */
    private static Tensor wrapped(Tensor indices, long size) {
        long[] values = Libtorch.longs(indices);
        for (int i = 0; i < values.length; i++) {
            values[i] = values[i] < 0 ? values[i] + size : values[i];
        }
        return Libtorch.ofLongs(values, Libtorch.dims(indices));
    }

    private static NativeOperation pad(NodeSpec node) {
        Integers pads = node.integersOf("pads", 1);
        Integers axes = node.integersOf(3);
        double fill = node.opset() < 11 ? node.real("value", 0) : node.scalar(2, 0);
        String mode = node.text("mode", "constant");
        node.refuse(mode.equals("wrap"), "mode wrap");
        String torchMode = mode.equals("edge") ? "replicate" : mode;
        return of(in -> {
            long[] amounts = lastAxisFirst(pads.in(in), axes.in(in), (int) in[0].dim());
            if (mode.equals("constant")) {
                return torch.constant_pad_nd(in[0], amounts, new Scalar(fill));
            }
            return torch.pad(in[0], withoutLeadingZeros(amounts), torchMode, new DoubleOptional());
        });
    }

    private static long[] lastAxisFirst(long[] pads, long[] axes, int rank) {
        long[] ordered = new long[2 * rank];
        int count = pads.length / 2;
        for (int i = 0; i < count; i++) {
            int axis = NodeSpec.axis(axes == null ? i : axes[i], rank);
            ordered[2 * (rank - 1 - axis)] = pads[i];
            ordered[2 * (rank - 1 - axis) + 1] = pads[count + i];
        }
        return ordered;
    }

    /** libtorch pads by reflection or edge only the last axes, and wants just these named. */
    private static long[] withoutLeadingZeros(long[] amounts) {
        int length = amounts.length;
        while (length > 2 && amounts[length - 1] == 0 && amounts[length - 2] == 0) {
            length -= 2;
        }
        return Arrays.copyOf(amounts, length);
    }
}
