package io.millrace.onnx.operator;

import io.millrace.onnx.channels.BroadcastOperand;
import io.millrace.onnx.channels.Layout;
import io.millrace.onnx.channels.Part;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.channels.Zeros;
import io.millrace.onnx.operator.QuantizationRule.Form;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.UninferableException;
import io.millrace.onnx.shape.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** Tensors one behind the other along an axis. */
final class Concat {
    private Concat() {}

    static void declare() {
        Operators.standard("Concat")
                .shape(call -> shape(call, 0, 1))
                .channels(Concat::follow)
                .quantization(QuantizationRule.of(Form.ALL_INPUTS))
                .zeroIf(site -> IntStream.range(0, site.inputs()).allMatch(i -> Zeros.canBe(site, i)));
        Operators.runtime("QLinearConcat").shape(call -> shape(call, 2, 3));
    }

    private static void shape(Call call, int first, int step) {
        Shape x = call.in(first);
        int axis = Call.axis(call.attribute("axis", 1), x.rank());
        List<Dim> dims = new ArrayList<>(x.dims());
        for (int i = first + step; i < call.node().inputs().size(); i += step) {
            Shape other = call.in(i);
            if (other.rank() != x.rank()) {
                throw new UninferableException("its inputs differ in rank");
            }
            for (int k = 0; k < x.rank(); k++) {
                Dim dim = other.dim(k);
                if (k == axis) {
                    dims.set(k, dims.get(k).plus(dim));
                } else if (dim.known()) {
                    Call.same(dims.get(k), dim, "sizes of its inputs along axis " + k);
                    dims.set(k, dim);
                }
            }
        }
        call.out(x.type(), dims);
        if (x.rank() == 1 && dims.get(0).known() && dims.get(0).value() <= Value.MOST_ELEMENTS) {
            List<Dim> elements = new ArrayList<>();
            for (int i = first; i < call.node().inputs().size(); i += step) {
                Dim[] unknown = new Dim[(int) call.in(i).dim(0).value()];
                elements.addAll(Arrays.asList(call.value(i).map(Value::elements).orElse(unknown)));
            }
            call.elements(Value.vector(elements));
        }
    }

    private static void follow(Site site) {
        int rank = site.outShape(0).size();
        int axis = site.axis(1, rank);
        Part joint = joint(site, axis);
        List<BroadcastOperand> operands = new ArrayList<>();
        List<int[]> pieces = new ArrayList<>();
        for (int i = 0; i < site.inputs(); i++) {
            pieces.add(joint == null ? site.claim(i, axis) : null);
            if (site.isStored(i)) {
                // A stored piece next to computed ones (a class token): its values are made zero like rows.
                site.markRows(i);
            }
            long[] dims = site.dims(i);
            dims[axis] = 1;
            Part own = site.layout(i).on(axis);
            Layout rest = site.layout(i).only(other -> own == null || !own.has(other));
            operands.add(new BroadcastOperand(rest, dims, site.name(i)));
        }
        Layout others = site.unite(rank, operands);
        if (joint != null) {
            site.give(others.plus(joint));
            return;
        }
        Dim total = site.outShape(0).get(axis);
        if (pieces.stream().anyMatch(ids -> ids != null) && total.known()) {
            site.give(others.plus(Part.of(axis, joined(site, pieces, axis, (int) total.value()))));
            return;
        }
        for (int[] ids : pieces) {
            if (ids != null) {
                site.freeze(ids, site.label() + " joins it with channels of unknown number");
            }
        }
        site.give(others);
    }

    /** Pieces that all depend on the same axes together (halves of heads) are laid out together; {@code null} if not. */
    private static Part joint(Site site, int axis) {
        List<Part> parts = IntStream.range(0, site.inputs())
                .mapToObj(i -> site.layout(i).on(axis))
                .filter(part -> part != null && part.isJoint())
                .toList();
        return parts.size() == site.inputs() ? Part.concat(parts.get(0).index(axis), parts) : null;
    }

    private static int[] joined(Site site, List<int[]> pieces, int axis, int total) {
        int[] joined = new int[total];
        int at = 0;
        for (int i = 0; i < pieces.size(); i++) {
            int[] ids = pieces.get(i);
            if (ids == null) {
                ids = site.fresh((int) site.dims(i)[axis]);
                site.freezeBy(ids, i);
            }
            System.arraycopy(ids, 0, joined, at, ids.length);
            at += ids.length;
        }
        return joined;
    }
}
