package io.millrace.quant.prepare;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.quant.calibration.Range;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Clips between convolutions whose upper bound is never reached. A Relu in their place lets cross-layer equalization
 * through, and answers the same on everything that was measured; a bound that is reached stays, as the answers would
 * change.
 */
public final class UnreachedBounds {
    private UnreachedBounds() {}

    /** The values in front of the Clips that stand in the way of cross-layer equalization. */
    public static Set<String> values(OnnxModel model) {
        Set<String> values = new LinkedHashSet<>();
        CrossLayerEqualization.clipsInTheWay(model).keySet().forEach(clip -> values.add(clip.input(0)));
        return values;
    }

    /**
     * Replaces Clips by Relus where the bound is not reached. Changes the model it is given.
     *
     * @param largest the largest number that each of {@link #values} took
     * @return what was done and what was not, for the user
     */
    public static List<String> replace(OnnxModel model, Function<String, Float> largest) {
        Patch patch = Patch.of(model.graph(), "clip-to-relu");
        List<String> notes = new ArrayList<>();
        int replaced = 0;
        for (Map.Entry<Node, Range> entry :
                CrossLayerEqualization.clipsInTheWay(model).entrySet()) {
            Node clip = entry.getKey();
            double bound = entry.getValue().max();
            float reached = largest.apply(clip.input(0));
            if (reached < bound) {
                patch.replace(clip, Node.of("Relu", clip.name(), List.of(clip.input(0)), List.of(clip.output(0))));
                replaced++;
            } else {
                notes.add("cle: %s stays, and its neighbours are not equalized: it bounds at %.4g, and %.4g came"
                        .formatted(clip.label(), bound, reached));
            }
        }
        if (replaced > 0) {
            patch.apply();
            notes.add(
                    0,
                    "cle: %d Clip became Relu: on calibration data their upper bound was never reached"
                            .formatted(replaced));
        }
        return notes;
    }
}
