package io.millrace.onnx.rewrite;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Makes inner values of a model visible. */
public final class Taps {
    private Taps() {}

    /**
     * A model that gives these values as outputs too, behind those it has.
     *
     * @throws IllegalArgumentException if a node of the model makes no such value
     */
    public static OnnxModel expose(OnnxModel model, Collection<String> values) {
        OnnxModel tapped = model.copy();
        List<ValueInfoProto> outputs = new ArrayList<>(tapped.graph().outputs());
        for (String value : values) {
            if (tapped.graph().producer(value) == null) {
                throw new IllegalArgumentException("no node makes the value '" + value + "'");
            }
            if (outputs.stream().noneMatch(output -> output.getName().equals(value))) {
                outputs.add(ValueInfoProto.newBuilder().setName(value).build());
            }
        }
        tapped.graph().setOutputs(outputs);
        return tapped;
    }
}
