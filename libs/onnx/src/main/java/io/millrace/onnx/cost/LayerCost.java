package io.millrace.onnx.cost;

import io.millrace.onnx.Node;
import java.util.Optional;

/**
 * What one layer, or one product of computed values, costs for one sample.
 *
 * @param node the layer
 * @param operator its operator, such as {@code Conv}
 * @param macs multiply-accumulate operations; the bias is not counted; 0 where {@code uncounted} says why
 * @param parameters elements of weight and bias; layers that share a stored weight each have all of it
 * @param weightShape shape of the weight as it is stored; empty where values meet that are all computed
 * @param outputShape shape of the first output for one sample; empty if it is not known
 * @param weight the stored weight; layers that share one have it under the same name
 * @param uncounted why the operations are not counted; empty if they are
 */
public record LayerCost(
        Node node,
        String operator,
        long macs,
        long parameters,
        long[] weightShape,
        long[] outputShape,
        Optional<StoredWeight> weight,
        String uncounted) {

    /** {@return whether {@link #macs} is the number of all operations of this node} */
    public boolean isCounted() {
        return uncounted.isEmpty();
    }
}
