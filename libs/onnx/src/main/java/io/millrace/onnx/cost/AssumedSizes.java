package io.millrace.onnx.cost;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.Graph;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Sizes to count and to try with where a model leaves its inputs open: the batch along axis 0, images of 224 x 224,
 * sequences of 128. A symbol has one size wherever it stands.
 */
public final class AssumedSizes {
    private static final long IMAGE = 224;
    private static final long SEQUENCE = 128;

    private AssumedSizes() {}

    /**
     * {@return dimensions by name of the inputs that are not fully known}
     *
     * @param graph the graph, which stays as it is
     * @param declared shapes as the model declares its inputs
     * @param batch what an open first dimension becomes
     */
    public static Map<String, long[]> of(Graph graph, Shapes declared, long batch) {
        Map<Dim, Long> sizes = new HashMap<>();
        for (ValueInfoProto input : graph.inputs()) {
            declared.of(input.getName())
                    .filter(s -> s.rank() > 0 && !s.dim(0).known())
                    .ifPresent(s -> sizes.put(s.dim(0), batch));
        }
        Map<String, long[]> assumed = new LinkedHashMap<>();
        for (ValueInfoProto input : graph.inputs()) {
            Shape shape = declared.of(input.getName()).orElse(null);
            if (shape != null && !shape.known()) {
                long otherwise = shape.rank() >= 4 ? IMAGE : SEQUENCE;
                assumed.put(
                        input.getName(),
                        shape.dims().stream()
                                .mapToLong(d -> d.known() ? d.value() : sizes.computeIfAbsent(d, k -> otherwise))
                                .toArray());
            }
        }
        return assumed;
    }
}
