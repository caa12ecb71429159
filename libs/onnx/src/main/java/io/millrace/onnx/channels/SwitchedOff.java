package io.millrace.onnx.channels;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Operators;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A model in which channels are switched off: zero in the rows that make them, and in the columns that read what an
 * activation makes of zero. Weights that a model fills with one number instead of storing them are masked.
 */
final class SwitchedOff {
    private final Graph source;
    private final Graph target;
    private final AtomGraph atomGraph;
    private final Survivors survivors;

    /**
     * @param source the graph as it was analysed
     * @param target a copy of it, in which channels are switched off
     */
    SwitchedOff(Graph source, Graph target, AtomGraph atomGraph, Survivors survivors) {
        this.source = source;
        this.target = target;
        this.atomGraph = atomGraph;
        this.survivors = survivors;
    }

    void apply() {
        atomGraph.layouts().forEach((value, layout) -> {
            Tensor tensor = source.constant(value).orElse(null);
            if (tensor != null) {
                zero(value, tensor, layout);
            } else if (isFilled(value)) {
                layout.parts().forEach(part -> mask(value, part));
            }
        });
        atomGraph.groupedInputs().forEach((value, grouped) -> {
            int[] off = off(grouped.ids());
            Tensor weight = target.constant(value).orElseThrow();
            if (off.length > 0) {
                ChannelCut.store(source, target, value, weight, TensorCut.zeroGrouped(weight, grouped.groups(), off));
            }
        });
    }

    private void zero(String value, Tensor tensor, Layout layout) {
        Tensor changed = tensor;
        for (Part part : layout.parts()) {
            int[] off = off(part.ids());
            changed = off.length == 0 ? changed : TensorCut.zero(changed, part.axes()[0], off);
        }
        ChannelCut.store(source, target, value, tensor, changed);
    }

    private boolean isFilled(String value) {
        Node maker = source.producer(value);
        return maker != null && Operators.of(maker).fills() && atomGraph.isStored(value);
    }

    private void mask(String value, Part part) {
        int[] off = off(part.ids());
        if (off.length == 0) {
            return;
        }
        float[] factors = new float[part.ids().length];
        Arrays.fill(factors, 1);
        Arrays.stream(off).forEach(i -> factors[i] = 0);
        long[] dims = new long[atomGraph.dims(value).size()];
        Arrays.fill(dims, 1);
        dims[part.axes()[0]] = factors.length;
        Tensor mask = Tensor.ofFloats(factors, dims).as(atomGraph.type(value));
        Node maker = target.producer(value);
        String whole = target.freshName(value + "_whole");
        Node masked = Node.of(
                "Mul",
                target.freshName(value + "_masked"),
                List.of(whole, target.addInitializer(value + "_mask", mask)),
                List.of(value));
        target.replace(maker, List.of(maker.withOutputs(List.of(whole)), masked));
    }

    private int[] off(int[] ids) {
        Atoms atoms = atomGraph.atoms();
        return IntStream.range(0, ids.length)
                .filter(i -> survivors.isRemoved(ids[i])
                        && (atoms.is(ids[i], Atoms.OUTPUT) || atoms.is(ids[i], Atoms.INPUT | Atoms.READS_NONZERO)))
                .toArray();
    }
}
