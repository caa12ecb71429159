package io.millrace.onnx.channels;

import io.millrace.onnx.shape.Dim;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Carries atoms through a change of shape. The two shapes are matched in blocks, the smallest runs of axes that hold as
 * many elements; inside a block the atoms are laid out literally, in row-major order.
 */
final class Reshaping {
    /** Larger blocks are not laid out: only their first or last axes are compared. */
    private static final int LITERAL = 1 << 20;

    private record Block(int inFrom, int inTo, int outFrom, int outTo) {
        boolean isPlain() {
            return inTo - inFrom == 1 && outTo - outFrom == 1;
        }
    }

    private final Atoms atoms;
    private final String by;

    Reshaping(Atoms atoms, String by) {
        this.atoms = atoms;
        this.by = by;
    }

    Layout apply(Layout layout, List<Dim> in, List<Dim> out) {
        List<Block> blocks = blocks(in, out);
        int[] same = same(blocks, in, out);
        List<Part> parts = new ArrayList<>();
        List<Part> rest = new ArrayList<>();
        for (Part part : layout.parts()) {
            boolean moves = part.isJoint() && Arrays.stream(part.axes()).allMatch(axis -> same[axis] >= 0);
            (moves ? parts : rest).add(moves ? part.moved(axis -> same[axis]) : part);
        }
        Layout local = within(new Layout(rest), blocks);
        for (Block block : blocks) {
            List<Part> inside = local.parts().stream()
                    .filter(part -> part.axes()[0] >= block.inFrom && part.axes()[0] < block.inTo)
                    .toList();
            Part part = single(inside);
            if (part != null) {
                Part moved = block.isPlain() ? part.moved(axis -> block.outFrom) : through(part, block, in, out);
                if (moved != null) {
                    parts.add(moved);
                }
            }
        }
        return new Layout(parts);
    }

    /** Where each axis goes that is only moved, next to axes of size 1; -1 for the others. */
    private static int[] same(List<Block> blocks, List<Dim> in, List<Dim> out) {
        int[] same = new int[in.size()];
        Arrays.fill(same, -1);
        for (Block block : blocks) {
            int[] from = IntStream.range(block.inFrom, block.inTo)
                    .filter(a -> !in.get(a).is(1))
                    .toArray();
            int[] to = IntStream.range(block.outFrom, block.outTo)
                    .filter(a -> !out.get(a).is(1))
                    .toArray();
            if (from.length == 1 && to.length == 1) {
                same[from[0]] = to[0];
            }
        }
        return same;
    }

    /** Ties parts that reach over several blocks to the one axis that leaves most to be removed. */
    private Layout within(Layout layout, List<Block> blocks) {
        List<Part> parts = new ArrayList<>();
        for (Part part : layout.parts()) {
            boolean inside = blocks.stream()
                    .anyMatch(b -> Arrays.stream(part.axes()).allMatch(axis -> axis >= b.inFrom && axis < b.inTo));
            parts.add(inside ? part : Closure.tieToBestAxis(part, atoms));
        }
        return new Layout(parts);
    }

    /** The atoms of the value to reshape; a stored tensor gets one joint part for axes that the shape joins. */
    Layout join(AtomGraph atomGraph, String value, List<Dim> out) {
        Layout layout = atomGraph.layout(value);
        for (Block block : blocks(atomGraph.dims(value), out)) {
            layout = atomGraph.join(
                    value, layout, axis -> axis >= block.inFrom && axis < block.inTo && !block.isPlain());
        }
        return layout;
    }

    private Part single(List<Part> inside) {
        List<Part> mobile = inside.stream()
                .filter(part -> Arrays.stream(part.ids()).anyMatch(id -> atoms.mobile(id) >= 0))
                .toList();
        if (mobile.size() > 1) {
            mobile.forEach(part -> atoms.freeze(part.ids(), by + " mixes two axes that could each be cut"));
            return null;
        }
        return mobile.isEmpty() ? (inside.size() == 1 ? inside.get(0) : null) : mobile.get(0);
    }

    private Part through(Part part, Block block, List<Dim> in, List<Dim> out) {
        int[] inAxes = IntStream.range(block.inFrom, block.inTo).toArray();
        int[] outAxes = IntStream.range(block.outFrom, block.outTo).toArray();
        long elements = elements(inAxes, in);
        if (outAxes.length > 0 && elements >= 0 && elements <= LITERAL && elements(outAxes, out) == elements) {
            int[] ids = part.over(inAxes, sizes(inAxes, in));
            return new Part(outAxes, sizes(outAxes, out), ids).simplified(atoms);
        }
        if (!part.isJoint() && outAxes.length > 0) {
            int axis = part.axes()[0];
            if (axis == block.inFrom && out.get(block.outFrom).known()) {
                Part outer =
                        outer(part, block.outFrom, (int) out.get(block.outFrom).value());
                if (outer != null) {
                    return outer;
                }
            }
            if (axis == block.inTo - 1 && out.get(block.outTo - 1).known()) {
                Part inner = inner(
                        part, block.outTo - 1, (int) out.get(block.outTo - 1).value());
                if (inner != null) {
                    return inner;
                }
            }
        }
        atoms.freeze(part.ids(), by + " mixes it with axes of unknown size");
        return null;
    }

    /** The slowest axis of a block becomes coarser (what falls together is tied) or finer (each stands for several). */
    private Part outer(Part part, int outAxis, int size) {
        int channels = part.ids().length;
        int[] ids = new int[size];
        if (channels % size == 0) {
            int run = channels / size;
            for (int c = 0; c < channels; c++) {
                atoms.unite(part.ids()[c], part.ids()[c / run * run]);
                ids[c / run] = part.ids()[c / run * run];
            }
            return Part.of(outAxis, ids);
        }
        if (size % channels == 0) {
            Arrays.setAll(ids, i -> part.ids()[i / (size / channels)]);
            return Part.of(outAxis, ids);
        }
        return null;
    }

    /** The same for the fastest axis of a block. */
    private Part inner(Part part, int outAxis, int size) {
        int channels = part.ids().length;
        if (channels % size == 0) {
            for (int c = size; c < channels; c++) {
                atoms.unite(part.ids()[c], part.ids()[c % size]);
            }
            return Part.of(outAxis, Arrays.copyOf(part.ids(), size));
        }
        if (size % channels == 0) {
            return Part.of(
                    outAxis,
                    IntStream.range(0, size).map(i -> part.ids()[i % channels]).toArray());
        }
        return null;
    }

    private static long elements(int[] axes, List<Dim> dims) {
        long elements = 1;
        for (int axis : axes) {
            if (!dims.get(axis).known()) {
                return -1;
            }
            elements *= dims.get(axis).value();
        }
        return elements;
    }

    private static int[] sizes(int[] axes, List<Dim> dims) {
        return Arrays.stream(axes).map(axis -> (int) dims.get(axis).value()).toArray();
    }

    private static List<Block> blocks(List<Dim> in, List<Dim> out) {
        List<Dim> inProducts = products(in);
        List<Dim> outProducts = products(out);
        List<Block> blocks = new ArrayList<>();
        int i = 0;
        int o = 0;
        for (int nextIn = 1; nextIn < inProducts.size(); nextIn++) {
            int nextOut = o + 1;
            while (nextOut < outProducts.size() && !outProducts.get(nextOut).equals(inProducts.get(nextIn))) {
                nextOut++;
            }
            if (nextOut < outProducts.size()) {
                blocks.add(new Block(i, nextIn, o, nextOut));
                i = nextIn;
                o = nextOut;
            }
        }
        if (i < in.size() || o < out.size()) {
            blocks.add(new Block(i, in.size(), o, out.size()));
        }
        return blocks;
    }

    private static List<Dim> products(List<Dim> dims) {
        List<Dim> products = new ArrayList<>();
        Dim product = Dim.of(1);
        products.add(product);
        for (Dim dim : dims) {
            product = product.times(dim);
            products.add(product);
        }
        return products;
    }
}
