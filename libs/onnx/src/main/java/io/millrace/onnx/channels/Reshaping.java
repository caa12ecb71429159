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
        boolean holds(int axis) {
            return axis >= inFrom && axis < inTo;
        }

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
            if (part.isJoint() && Arrays.stream(part.axes()).allMatch(axis -> same[axis] >= 0)) {
                parts.add(part.moved(axis -> same[axis]));
            } else {
                rest.add(part);
            }
        }
        for (List<Block> run : runs(rest, blocks, in, out)) {
            Block first = run.get(0);
            List<Part> inside = rest.stream()
                    .filter(part -> run.stream().anyMatch(block -> block.holds(part.axes()[0])))
                    .toList();
            Part part = single(inside);
            if (part != null) {
                Part moved = run.size() == 1 && first.isPlain()
                        ? part.moved(axis -> first.outFrom)
                        : through(part, run, in, out);
                if (moved != null) {
                    parts.add(moved);
                }
            }
        }
        return new Layout(parts);
    }

    /** Blocks that are laid out together, since a part reaches over them; where that is too large the part is tied. */
    private List<List<Block>> runs(List<Part> parts, List<Block> blocks, List<Dim> in, List<Dim> out) {
        List<List<Block>> runs = new ArrayList<>();
        blocks.forEach(block -> runs.add(List.of(block)));
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            List<List<Block>> over = runs.stream()
                    .filter(run -> run.stream()
                            .anyMatch(block -> Arrays.stream(part.axes()).anyMatch(block::holds)))
                    .toList();
            List<Block> all = over.stream().flatMap(List::stream).toList();
            if (over.size() > 1 && isLiteral(all, in, out)) {
                runs.set(runs.indexOf(over.get(0)), all);
                runs.removeAll(over.subList(1, over.size()));
            } else if (over.size() > 1) {
                parts.set(i, Closure.tieToBestAxis(part, atoms));
            }
        }
        return runs;
    }

    private static boolean isLiteral(List<Block> run, List<Dim> in, List<Dim> out) {
        long elements = elements(inAxes(run), in);
        return outAxes(run).length > 0
                && elements >= 0
                && elements <= LITERAL
                && elements(outAxes(run), out) == elements;
    }

    private static int[] inAxes(List<Block> run) {
        return run.stream().flatMapToInt(b -> IntStream.range(b.inFrom, b.inTo)).toArray();
    }

    private static int[] outAxes(List<Block> run) {
        return run.stream()
                .flatMapToInt(b -> IntStream.range(b.outFrom, b.outTo))
                .toArray();
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

    /** The atoms of the value to reshape; a stored tensor gets one joint part for axes that the shape joins. */
    Layout join(AtomGraph atomGraph, String value, List<Dim> out) {
        Layout layout = atomGraph.layout(value);
        for (Block block : blocks(atomGraph.dims(value), out)) {
            layout = atomGraph.join(
                    value, layout, axis -> axis >= block.inFrom && axis < block.inTo && !block.isPlain());
        }
        return layout;
    }

    /** Of several parts that a block mixes only one can be cut: the outermost that leaves a choice, heads before their sizes. */
    private Part single(List<Part> inside) {
        List<Part> mobile = inside.stream()
                .filter(part -> Arrays.stream(part.ids()).anyMatch(id -> atoms.mobile(id) >= 0))
                .toList();
        if (mobile.isEmpty()) {
            return inside.size() == 1 ? inside.get(0) : null;
        }
        Part kept = mobile.stream()
                .filter(part -> Arrays.stream(part.ids())
                                .map(atoms::mobile)
                                .filter(id -> id >= 0)
                                .distinct()
                                .count()
                        > 1)
                .findFirst()
                .orElse(mobile.get(0));
        for (Part part : mobile) {
            if (part != kept) {
                atoms.freeze(part.ids(), by + " mixes it with another axis that can be cut");
            }
        }
        return kept;
    }

    private Part through(Part part, List<Block> run, List<Dim> in, List<Dim> out) {
        int[] inAxes = inAxes(run);
        int[] outAxes = outAxes(run);
        if (isLiteral(run, in, out)) {
            int[] ids = part.over(inAxes, sizes(inAxes, in));
            return new Part(outAxes, sizes(outAxes, out), ids).simplified(atoms);
        }
        Block block = run.get(0);
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
