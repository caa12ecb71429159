package io.millrace.onnx.operator;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.channels.Layout;
import io.millrace.onnx.channels.NodeCut;
import io.millrace.onnx.channels.Part;
import io.millrace.onnx.channels.Site;
import io.millrace.onnx.channels.Zeros;
import io.millrace.onnx.shape.Broadcast;
import io.millrace.onnx.shape.Call;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.UninferableException;
import io.millrace.onnx.shape.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Expand, Tile and ConstantOfShape: the same over and over. */
final class Expand {
    private static final int MOST_CHANNELS = 1 << 22;

    private Expand() {}

    static void declare() {
        Operators.standard("Expand")
                .shape(Expand::shape)
                .channels(Expand::follow)
                .cut(cut -> Reshape.withShape(cut, 1, false))
                .repeats()
                .zeroIf(site -> Zeros.canBe(site, 0) && Zeros.covers(site, 0) || site.isZero(0));
        Operators.standard("ConstantOfShape")
                .shape(Expand::filledShape)
                .channels(site -> site.give(fresh(site, axis -> true)))
                .cut(Expand::cutFilled)
                .repeats()
                .zeroIf(site -> site.node().tensorAttribute("value").isEmpty());
        Operators.standard("Tile")
                .shape(Expand::tiledShape)
                .channels(Expand::followTile)
                .zeroWithFirst();
    }

    private static void shape(Call call) {
        Shape x = call.in(0);
        boolean known = call.value(1).isPresent();
        Dim[] target = Reshape.target(call, 1);
        for (int i = 0; i < target.length; i++) {
            target[i] = target[i] == null ? call.fresh(0, i) : target[i];
        }
        if (known) {
            List<Dim> dims = Broadcast.dims(call, List.of(x.dims(), Arrays.asList(target)));
            call.out(x.type(), dims);
            repeatElements(call, dims);
        } else {
            List<Dim> dims = new ArrayList<>();
            for (int i = 0; i < Math.max(target.length, x.rank()); i++) {
                dims.add(call.fresh(0, i));
            }
            call.out(x.type(), dims);
        }
    }

    private static void repeatElements(Call call, List<Dim> dims) {
        if (call.value(0).isPresent() && dims.stream().allMatch(Dim::known)) {
            long[] sizes = dims.stream().mapToLong(Dim::value).toArray();
            long count = Arrays.stream(sizes).reduce(1, Math::multiplyExact);
            if (count <= Value.MOST_ELEMENTS) {
                Value shape = new Value(sizes, new Dim[(int) count]);
                call.elements(Broadcast.apply(call.value(0).get(), shape, (element, none) -> element));
            }
        }
    }

    private static void tiledShape(Call call) {
        Shape x = call.in(0);
        Value repeats = call.value(1)
                .orElseThrow(() -> new UninferableException("its repeats are known only when the model runs"));
        List<Dim> dims = new ArrayList<>();
        for (int i = 0; i < x.rank(); i++) {
            Dim times = repeats.elements()[i];
            dims.add(times == null ? call.fresh(0, i) : x.dim(i).times(times));
        }
        call.out(x.type(), dims);
    }

    private static void filledShape(Call call) {
        Value shape = call.value(0)
                .orElseThrow(() -> new UninferableException("its shape is known only when the model runs"));
        Tensor stored =
                call.node().tensorAttribute("value").flatMap(Tensor::numbers).orElse(null);
        ElementType type = stored == null ? ElementType.FLOAT : stored.type();
        List<Dim> dims = new ArrayList<>();
        for (Dim dim : shape.elements()) {
            dims.add(dim == null ? call.fresh(0, dims.size()) : dim);
        }
        call.out(type, dims);
        shape.longs().ifPresent(sizes -> {
            long count = Arrays.stream(sizes).reduce(1, Math::multiplyExact);
            if (count <= Value.MOST_ELEMENTS) {
                Dim[] elements = new Dim[(int) count];
                Arrays.fill(elements, stored == null ? Dim.of(0) : fill(stored));
                call.elements(new Value(sizes, elements));
            }
        });
    }

    private static Dim fill(Tensor stored) {
        return Value.of(stored)
                .filter(v -> v.elements().length == 1)
                .map(v -> v.elements()[0])
                .orElse(null);
    }

    private static void follow(Site site) {
        int shift = site.outShape(0).size() - site.rank(0);
        Layout repeated = fresh(
                site, axis -> axis < shift || site.shape(0).get(axis - shift).is(1));
        site.give(site.layout(0).moved(axis -> axis + shift).plus(repeated));
    }

    /** New atoms for axes along which all is the same: any index may go, the node just makes fewer. */
    private static Layout fresh(Site site, IntPredicate axes) {
        long[] dims = site.outDims(0);
        int[][] ids = new int[dims.length][];
        for (int axis = 0; axis < dims.length; axis++) {
            if (site.makesFloats(0) && dims[axis] > 1 && dims[axis] <= MOST_CHANNELS && axes.test(axis)) {
                ids[axis] = site.fresh((int) dims[axis]);
            }
        }
        return Layout.ofAxes(ids);
    }

    private static void followTile(Site site) {
        long[] repeats = site.longs(1);
        Layout layout = site.layout(0);
        for (Part part : site.layout(0).parts()) {
            for (int axis : part.axes()) {
                int k = axis;
                long times = repeats == null ? 0 : repeats[axis];
                if (times == 1) {
                    continue;
                }
                Part now = layout.on(axis);
                if (times == 0 || now == null) {
                    layout = site.seal(layout, other -> other == k, "feeds " + site.label());
                    continue;
                }
                int size = now.size(axis);
                int[] positions = IntStream.range(0, (int) (size * times))
                        .map(i -> i % size)
                        .toArray();
                layout = layout.only(other -> other != now.axes()[0]).plus(now.select(now.index(axis), positions));
            }
        }
        site.give(layout);
    }

    private static Node cutFilled(NodeCut cut) {
        return Reshape.withShape(cut, 0, false);
    }
}
