package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;

/** Whether a sparse tensor is one: as many positions as values, all of them inside. */
final class SparseCheck {
    /** What a dense tensor may take that a sparse one stands for; nobody can run a model with a larger one. */
    private static final long MOST_BYTES = 1L << 37;

    private SparseCheck() {}

    static void check(SparseTensorProto sparse) {
        TensorProto values = sparse.getValues();
        long[] dims = sparse.getDimsList().stream().mapToLong(Long::longValue).toArray();
        long count = Tensor.count(dims);
        ElementType type = ElementType.of(values.getDataType());
        if (type.bytes(count) > MOST_BYTES) {
            throw new InvalidModelException(
                    "sparse tensor '" + values.getName() + "' would unfold to " + type.bytes(count) + " bytes");
        }
        if (ExternalData.isExternal(values) || ExternalData.isExternal(sparse.getIndices())) {
            return;
        }
        TensorReader.checkInline(values);
        Tensor indices = Tensor.numbers(sparse.getIndices())
                .filter(t -> t.type() == ElementType.INT64)
                .orElseThrow(() -> new InvalidModelException(
                        "the positions of sparse tensor '" + values.getName() + "' are no tensor of INT64"));
        long stored = values.getDimsCount() == 1 ? values.getDims(0) : -1;
        boolean linear = indices.rank() == 1;
        if (indices.rank() < 1
                || indices.rank() > 2
                || indices.dim(0) != stored
                || !linear && indices.dim(1) != dims.length) {
            throw new InvalidModelException(
                    "sparse tensor '" + values.getName() + "' does not have one position for each of its values");
        }
        long[] positions = indices.longs();
        for (int i = 0; i < positions.length; i++) {
            long size = linear ? count : dims[i % dims.length];
            if (positions[i] < 0 || positions[i] >= size) {
                throw new InvalidModelException("sparse tensor '" + values.getName() + "' has a value at position "
                        + positions[i] + ", which is outside of its " + size);
            }
        }
    }
}
