package io.millrace.onnx.rewrite;

import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Patch;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Cuts a model out of a model. */
public final class SubModel {
    private SubModel() {}

    /**
     * {@return the part of a model that computes {@code outputs} from {@code inputs}}
     *
     * @param model the model, which stays as it is
     * @param inputs values of the model, inner ones too; in this order they are the inputs of the part
     * @param outputs values of the model
     * @throws IllegalArgumentException if an output is no value of the model, or depends on an input of the network
     *     that is not listed
     */
    public static OnnxModel between(OnnxModel model, List<String> inputs, List<String> outputs) {
        OnnxModel part = model.copy();
        Graph graph = part.graph();
        Shapes shapes = Shapes.infer(model);
        Set<String> given = new HashSet<>(inputs);
        Set<String> missing = new HashSet<>();
        graph.inputs().forEach(input -> missing.add(input.getName()));
        Set<Node> alive = new HashSet<>();
        Set<String> seen = new HashSet<>();
        Deque<String> wanted = new ArrayDeque<>(outputs);
        outputs.forEach(output -> {
            if (graph.producer(output) == null
                    && !given.contains(output)
                    && !graph.initializers().containsKey(output)) {
                throw new IllegalArgumentException("no node makes the value '" + output + "'");
            }
        });
        while (!wanted.isEmpty()) {
            String value = wanted.pop();
            if (given.contains(value) || !seen.add(value)) {
                continue;
            }
            if (missing.contains(value)) {
                throw new IllegalArgumentException(
                        "the part depends on the network's input '" + value + "', which is not given");
            }
            Node producer = graph.producer(value);
            if (producer != null && alive.add(producer)) {
                wanted.addAll(producer.reads());
            }
        }
        List<ValueInfoProto> declared = new ArrayList<>();
        for (String input : inputs) {
            declared.add(info(model, shapes, input));
        }
        // Older files declare their initializers among the inputs.
        graph.declaredInputs().stream()
                .filter(input -> seen.contains(input.getName()))
                .forEach(declared::add);
        List<ValueInfoProto> made = outputs.stream()
                .map(output -> graph.outputs().stream()
                        .filter(o -> o.getName().equals(output))
                        .findFirst()
                        .orElseGet(() -> info(model, shapes, output)))
                .toList();
        Patch patch = Patch.of(graph, "extract").inputs(declared).outputs(made);
        for (Node node : graph.nodes()) {
            if (!alive.contains(node)) {
                patch.remove(node);
            } else if (node.outputs().stream().anyMatch(given::contains)) {
                // A node with several outputs of which one is given from outside now.
                patch.replace(
                        node,
                        node.withOutputs(node.outputs().stream()
                                .map(output -> given.contains(output) ? patch.name(output + "_unused") : output)
                                .toList()));
            }
        }
        graph.initializers().keySet().stream()
                .filter(name -> !seen.contains(name) && !given.contains(name))
                .forEach(patch::forget);
        patch.apply();
        return part;
    }

    /** Name, type and shape of a value, as far as they are known. */
    static ValueInfoProto info(OnnxModel model, Shapes shapes, String value) {
        for (ValueInfoProto input : model.graph().declaredInputs()) {
            if (input.getName().equals(value)) {
                return input;
            }
        }
        ValueInfoProto.Builder info = ValueInfoProto.newBuilder().setName(value);
        Shape shape = shapes.of(value).orElse(null);
        if (shape == null) {
            return model.graph().valueInfo(value).orElseGet(() -> info.setType(TypeProto.newBuilder()
                            .setTensorType(TypeProto.Tensor.newBuilder().setElemType(ElementType.FLOAT.code())))
                    .build());
        }
        TensorShapeProto.Builder dims = TensorShapeProto.newBuilder();
        shape.dims().forEach(dim -> {
            if (dim.known()) {
                dims.addDimBuilder().setDimValue(dim.value());
            } else {
                dims.addDimBuilder().setDimParam(dim.symbol());
            }
        });
        return info.setType(TypeProto.newBuilder()
                        .setTensorType(TypeProto.Tensor.newBuilder()
                                .setElemType(shape.type().code())
                                .setShape(dims)))
                .build();
    }
}
