package io.millrace.finetune;

import io.millrace.data.Batch;
import io.millrace.onnx.Tensor;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** Some samples of a batch, without a copy. */
final class Rows {
    private Rows() {}

    static Batch of(Batch batch, int from, int count) {
        Map<String, Tensor> inputs = new LinkedHashMap<>();
        batch.inputs().forEach((name, tensor) -> {
            int row = tensor.bytes().remaining() / batch.size();
            long[] dims = tensor.dims();
            dims[0] = count;
            var bytes = tensor.bytes().position(from * row).limit((from + count) * row);
            inputs.put(name, Tensor.of(tensor.type(), bytes, dims));
        });
        return new Batch(
                inputs,
                batch.labels().length == 0 ? batch.labels() : Arrays.copyOfRange(batch.labels(), from, from + count),
                count,
                batch.positions().length == 0
                        ? batch.positions()
                        : Arrays.copyOfRange(batch.positions(), from, from + count));
    }
}
