package io.millrace.tensor.operator;

import org.bytedeco.pytorch.Tensor;

/** A node made ready to run: attributes read, constant inputs resolved. Holds no state of a run. */
@FunctionalInterface
public interface NativeOperation {

    /**
     * Computes the node's outputs, under autograd if that is on.
     *
     * @param in the node's inputs; {@code null} for an optional one that is not given
     * @param training whether batch normalization uses the batch and dropout drops
     * @return one tensor for each output, never the same object as an input
     */
    Tensor[] run(Tensor[] in, boolean training);

    /** How a node of one operator is made ready. */
    @FunctionalInterface
    interface Mapping {
        /** @throws io.millrace.tensor.UnsupportedOperatorException if this form of the operator cannot be run */
        NativeOperation prepare(NodeSpec node);
    }

    /** An operation of one output. */
    @FunctionalInterface
    interface Single extends NativeOperation {
        Tensor result(Tensor[] in);

        @Override
        default Tensor[] run(Tensor[] in, boolean training) {
            return new Tensor[] {result(in)};
        }
    }

    /** Lets a lambda of one output be written without a cast. */
    static NativeOperation of(Single single) {
        return single;
    }
}
