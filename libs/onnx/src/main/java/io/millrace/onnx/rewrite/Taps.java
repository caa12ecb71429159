package io.millrace.onnx.rewrite;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Makes inner values of a model visible. */
public final class Taps {
    private Taps() {}

    /**
     * {@return a model that gives these values as outputs too, behind those it has}
     *
     * @param model the model, which stays as it is
     * @param values names of values that nodes make
     * @throws IllegalArgumentException if a node of the model makes no such value
     */
    public static OnnxModel expose(OnnxModel model, Collection<String> values) {
        OnnxModel tapped = model.copy();
        List<ValueInfoProto> outputs = new ArrayList<>(tapped.graph().outputs());
        Set<String> named = new HashSet<>();
        outputs.forEach(output -> named.add(output.getName()));
        for (String value : values) {
            if (tapped.graph().producer(value) == null) {
                throw new IllegalArgumentException("no node makes the value '" + value + "'");
            }
            if (named.add(value)) {
                outputs.add(ValueInfoProto.newBuilder().setName(value).build());
            }
        }
        Patch.of(tapped.graph(), "tap").outputs(outputs).apply();
        return tapped;
    }
}
