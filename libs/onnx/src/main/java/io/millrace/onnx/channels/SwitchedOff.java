package io.millrace.onnx.channels;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Operators;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A model in which channels are switched off: zero in the rows that make them, and in the columns that read what an
 * activation makes of zero. Weights that a model fills with one number instead of storing them are masked.
 */
final class SwitchedOff {
    private final Graph source;
    private final Patch patch;
    private final AtomGraph atomGraph;
    private final Survivors survivors;

    /**
     * @param source the graph as it was analysed
     * @param patch of a copy of it, in which channels are switched off
     */
    SwitchedOff(Graph source, Patch patch, AtomGraph atomGraph, Survivors survivors) {
        this.source = source;
        this.patch = patch;
        this.atomGraph = atomGraph;
        this.survivors = survivors;
    }

    void apply() {
        atomGraph.layouts().forEach((value, layout) -> {
            Tensor tensor = source.constant(value).orElse(null);
            if (tensor != null) {
                zero(value, tensor, layout);
            } else if (isFilled(value)) {
                mask(value, layout);
            }
        });
        atomGraph.groupedInputs().forEach((value, grouped) -> {
            int[] off = off(grouped.ids());
            if (off.length > 0) {
                patch.set(value, TensorCut.zeroGrouped(patch.constant(value), grouped.groups(), off));
            }
        });
        patch.apply();
    }

    private void zero(String value, Tensor tensor, Layout layout) {
        Tensor changed = tensor;
        for (Part part : layout.parts()) {
            int[] off = off(part.ids());
            changed = off.length == 0 ? changed : TensorCut.zero(changed, part.axes()[0], off);
        }
        if (changed != tensor) {
            patch.set(value, changed);
        }
    }

    private boolean isFilled(String value) {
        Node maker = source.producer(value);
        return maker != null && Operators.of(maker).fills() && atomGraph.isStored(value);
    }

    private void mask(String value, Layout layout) {
        List<Node> nodes = new ArrayList<>();
        String whole = patch.name(value + "_whole");
        String now = whole;
        for (Part part : layout.parts()) {
            if (off(part.ids()).length > 0) {
                Node masked =
                        patch.node("Mul", value + "_masked", now, patch.store(value + "_mask", mask(value, part)));
                nodes.add(masked);
                now = masked.output(0);
            }
        }
        if (nodes.isEmpty()) {
            return;
        }
        Node last = nodes.remove(nodes.size() - 1);
        nodes.add(last.withOutputs(List.of(value)));
        Node maker = source.producer(value);
        nodes.add(0, maker.withOutputs(List.of(whole)));
        patch.replace(maker, nodes);
    }

    private Tensor mask(String value, Part part) {
        float[] factors = new float[part.ids().length];
        Arrays.fill(factors, 1);
        Arrays.stream(off(part.ids())).forEach(i -> factors[i] = 0);
        long[] dims = new long[atomGraph.dims(value).size()];
        Arrays.fill(dims, 1);
        dims[part.axes()[0]] = factors.length;
        return Tensor.ofFloats(factors, dims).as(atomGraph.type(value));
    }

    private int[] off(int[] ids) {
        Atoms atoms = atomGraph.atoms();
        return IntStream.range(0, ids.length)
                .filter(i -> survivors.isRemoved(ids[i])
                        && (atoms.is(ids[i], Atoms.OUTPUT) || atoms.is(ids[i], Atoms.INPUT | Atoms.READS_NONZERO)))
                .toArray();
    }
}
