package io.millrace.tensor;

import io.millrace.onnx.Node;
import io.millrace.tensor.operator.NativeOperation;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A graph as a list of steps over numbered slots, so that a run looks nothing up by name.
 *
 * @param stored what is in a slot before the run: parameters, statistics, constants; {@code null} elsewhere
 * @param inputs slot of each model input
 * @param kept slot of each value that outlives the run: outputs, logits
 */
record Plan(Tensor[] stored, List<Step> steps, Map<String, Integer> inputs, Map<String, Integer> kept) {

    /**
     * One node.
     *
     * @param in slots it reads, -1 for an input not given
     * @param out slots it writes, -1 for an output nobody reads
     * @param last slots that nobody reads after it
     */
    record Step(Node node, NativeOperation operation, int[] in, int[] out, int[] last) {

        void run(Tensor[] slots, boolean training) {
            Tensor[] arguments = new Tensor[in.length];
            for (int i = 0; i < in.length; i++) {
                arguments[i] = in[i] < 0 ? null : slots[in[i]];
            }
            Tensor[] results = compute(arguments, training);
            for (int i = 0; i < out.length; i++) {
                if (out[i] >= 0) {
                    slots[out[i]] = results[i];
                }
            }
            for (int slot : last) {
                slots[slot].close();
                slots[slot] = null;
            }
        }

        private Tensor[] compute(Tensor[] arguments, boolean training) {
            try {
                return operation.run(arguments, training);
            } catch (RuntimeException e) {
                String reason =
                        String.valueOf(e.getMessage()).lines().findFirst().orElse("");
                throw new IllegalStateException("node " + node.label() + " (" + node.op() + "): " + reason, e);
            }
        }
    }

    /**
     * Where the numbers of a network end, as it is used: the first node that gives NaN or an infinity, else the one whose
     * numbers are the largest. The caller's pointer scope is open.
     */
    String whereNumbersEnd(Map<String, Tensor> given) {
        Tensor[] slots = stored.clone();
        inputs.forEach((name, slot) -> slots[slot] = given.get(name));
        double largest = 0;
        String where = "";
        for (Step step : steps) {
            new Step(step.node, step.operation, step.in, step.out, new int[0]).run(slots, false);
            for (int slot : step.out) {
                if (slot >= 0 && slots[slot].is_floating_point() && slots[slot].numel() > 0) {
                    double size = slots[slot].abs().max().item_double();
                    String name = step.node.op() + " " + step.node.label();
                    if (!Double.isFinite(size)) {
                        return "; the first that gives no number is " + name;
                    }
                    if (size > largest) {
                        largest = size;
                        where = "; the largest numbers, up to %.3g, are those of %s".formatted(size, name);
                    }
                }
            }
        }
        return where;
    }

    /** Runs all steps. The caller's pointer scope owns what is made. */
    Tensor[] run(Map<String, Tensor> given, boolean training) {
        Tensor[] slots = stored.clone();
        inputs.forEach((name, slot) -> slots[slot] = given.get(name));
        for (Step step : steps) {
            step.run(slots, training);
        }
        return slots;
    }
}
