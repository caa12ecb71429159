package io.millrace.onnx.channels;

import io.millrace.onnx.channels.Merge.Operand;
import java.util.ArrayList;
import java.util.List;

/** Operators that work element by element. */
final class ElementwiseRules {
    private ElementwiseRules() {}

    /** One input decides; others (the bounds of Clip, the ratio of Dropout) are single numbers. */
    static void unary(Site site) {
        for (int i = 0; i < site.node.outputs().size(); i++) {
            site.give(i, site.layout(0));
        }
    }

    /** Add, Mul, Where and the like. */
    static void broadcasting(Site site) {
        int rank = site.outShape(0).size();
        List<Operand> operands = new ArrayList<>();
        for (int i = 0; i < site.node.inputs().size(); i++) {
            if (site.node.is("Add", "Sub", "Sum") && site.isStored(i)) {
                // A bias: zero for a channel whose rows are zero.
                site.layout(i).parts().forEach(part -> site.atoms.mark(part.ids(), Atoms.OUTPUT));
            }
            operands.add(site.operand(i, rank));
        }
        site.give(site.merge().of(rank, operands));
    }

    static void nothing(Site site) {
        for (int i = 0; i < site.node.outputs().size(); i++) {
            site.give(i, Layout.NONE);
        }
    }
}
