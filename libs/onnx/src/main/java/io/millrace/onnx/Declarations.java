package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a graph stores and what it declares: tensors, inputs, outputs and hints on shapes, each by name in file order. */
final class Declarations {
    /** Up to this version of the format every initializer is declared as an input too. */
    private static final long INITIALIZERS_ARE_INPUTS = 3;

    private final boolean declaresTensors;
    private final Set<String> sparse;
    private final Map<String, Tensor> initializers;
    private final Map<String, ValueInfoProto> inputs;
    private final Map<String, ValueInfoProto> outputs;
    private final Map<String, ValueInfoProto> valueInfos;

    Declarations(ModelProto model, Map<String, Tensor> initializers) {
        GraphProto graph = model.getGraph();
        this.declaresTensors = model.getIrVersion() <= INITIALIZERS_ARE_INPUTS && model.getIrVersion() > 0;
        this.sparse = new LinkedHashSet<>();
        graph.getSparseInitializerList()
                .forEach(tensor -> sparse.add(tensor.getValues().getName()));
        this.initializers = new LinkedHashMap<>(initializers);
        this.inputs = byName(graph.getInputList());
        this.outputs = byName(graph.getOutputList());
        this.valueInfos = byName(graph.getValueInfoList());
    }

    Declarations(Declarations other) {
        this.declaresTensors = other.declaresTensors;
        this.sparse = other.sparse;
        this.initializers = new LinkedHashMap<>(other.initializers);
        this.inputs = new LinkedHashMap<>(other.inputs);
        this.outputs = new LinkedHashMap<>(other.outputs);
        this.valueInfos = new LinkedHashMap<>(other.valueInfos);
    }

    private static Map<String, ValueInfoProto> byName(Collection<ValueInfoProto> values) {
        Map<String, ValueInfoProto> named = new LinkedHashMap<>();
        values.forEach(v -> named.put(v.getName(), v));
        return named;
    }

    Map<String, Tensor> initializers() {
        return Collections.unmodifiableMap(initializers);
    }

    boolean isStored(String name) {
        return initializers.containsKey(name) || sparse.contains(name);
    }

    Map<String, ValueInfoProto> inputs() {
        return Collections.unmodifiableMap(inputs);
    }

    /** The declared inputs that no initializer backs. */
    List<ValueInfoProto> givenInputs() {
        return inputs.values().stream()
                .filter(v -> !initializers.containsKey(v.getName()))
                .toList();
    }

    Map<String, ValueInfoProto> outputs() {
        return Collections.unmodifiableMap(outputs);
    }

    Map<String, ValueInfoProto> valueInfos() {
        return Collections.unmodifiableMap(valueInfos);
    }

    /** Stores a tensor. Where the value is declared as an input, or has to be, the declaration follows. */
    void store(String name, Tensor tensor) {
        initializers.put(name, tensor);
        if (inputs.containsKey(name) || declaresTensors) {
            inputs.put(name, tensor.declaration(name));
        }
    }

    /** Takes back what {@link #store} did. */
    void restore(String name, Tensor tensor, ValueInfoProto declared) {
        if (tensor == null) {
            initializers.remove(name);
        } else {
            initializers.put(name, tensor);
        }
        if (declared == null) {
            inputs.remove(name);
        } else {
            inputs.put(name, declared);
        }
    }

    void remove(String name) {
        initializers.remove(name);
        inputs.remove(name);
    }

    void setInputs(Collection<ValueInfoProto> values) {
        inputs.clear();
        inputs.putAll(byName(values));
    }

    void setOutputs(Collection<ValueInfoProto> values) {
        outputs.clear();
        outputs.putAll(byName(values));
    }

    void removeValueInfo(String name) {
        valueInfos.remove(name);
    }

    void clearValueInfos() {
        valueInfos.clear();
    }

    /** Writes inputs, outputs and hints into a graph that has none. */
    void addTo(GraphProto.Builder graph) {
        graph.addAllInput(inputs.values()).addAllOutput(outputs.values()).addAllValueInfo(valueInfos.values());
    }
}
