package io.millrace.onnx.channels;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.cost.LayerCost;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Multiply-accumulates of a model without some of its channels, counted from what is left of the sizes that each operator
 * multiplies; no model is cut for it.
 */
public final class MaskedCost {
    private final Costs costs;
    private final Map<LayerCost, BitSet> touched = new HashMap<>();
    private AtomGraph analysis;

    /**
     * @param model to count; no later change of it is seen
     */
    public MaskedCost(OnnxModel model) {
        this.costs = Costs.of(model);
    }

    /** {@return MACs of the whole model} */
    public long macs() {
        return costs.macs();
    }

    /**
     * {@return MACs of the model without these units}
     *
     * @param removed units by group, all groups of one analysis of the model
     */
    public long macs(Map<ChannelGroup, int[]> removed) {
        if (removed.isEmpty()) {
            return costs.macs();
        }
        AtomGraph atomGraph = ChannelCut.atomGraph(removed);
        if (atomGraph != analysis) {
            analysis = atomGraph;
            touched.clear();
            costs.rows().forEach(row -> touched.put(row, roots(row.node())));
        }
        BitSet roots = new BitSet();
        removed.forEach((group, units) -> {
            for (int unit : units) {
                roots.set(group.roots()[unit]);
            }
        });
        Survivors survivors = new Survivors(atomGraph, roots);
        long sum = 0;
        for (LayerCost row : costs.rows()) {
            boolean smaller = row.isCounted() && touched.get(row).intersects(roots);
            sum += smaller ? costs.macs(row, survivors::of) : row.macs();
        }
        return sum;
    }

    /** The roots of all that a node reads and makes. */
    private BitSet roots(Node node) {
        List<String> values = new ArrayList<>(node.inputs());
        values.addAll(node.outputs());
        BitSet roots = new BitSet();
        for (String value : values) {
            Layout layout = analysis.layouts().getOrDefault(value, Layout.NONE);
            layout.parts().forEach(part -> add(part.ids(), roots));
            AtomGraph.GroupedInput grouped = analysis.groupedInputs().get(value);
            add(grouped == null ? new int[0] : grouped.ids(), roots);
        }
        return roots;
    }

    private void add(int[] ids, BitSet roots) {
        for (int id : ids) {
            roots.set(analysis.atoms().root(id));
        }
    }
}
