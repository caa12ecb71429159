package io.millrace.onnx.rewrite;

import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A part of a graph as a model of its own, and what decides which nodes it holds. */
final class Section {
    private Section() {}

    /** The nodes whose outputs never change, because no input of the network reaches them. */
    static Set<Node> constants(Graph graph) {
        Set<String> changing =
                graph.inputs().stream().map(ValueInfoProto::getName).collect(Collectors.toCollection(HashSet::new));
        Set<Node> constants = new HashSet<>();
        for (Node node : graph.nodes()) {
            boolean random = node.op().startsWith("Random") || node.is("Multinomial", "Bernoulli");
            if (random || Reads.of(node).stream().anyMatch(changing::contains)) {
                changing.addAll(node.outputs());
            } else {
                constants.add(node);
            }
        }
        return constants;
    }

    /**
     * The model of some nodes of another.
     *
     * @param nodes to keep; what no output depends on is dropped
     * @param inputs values given from outside
     */
    static OnnxModel of(
            OnnxModel model, Collection<Node> nodes, Collection<String> inputs, Collection<String> outputs) {
        OnnxModel section = model.copy();
        Graph graph = section.graph();
        Set<Node> kept = new HashSet<>(nodes);
        graph.remove(graph.nodes().stream().filter(node -> !kept.contains(node)).toList());
        for (Node node : List.copyOf(graph.nodes())) {
            if (node.outputs().stream().anyMatch(inputs::contains)) {
                graph.replace(
                        node,
                        node.withOutputs(node.outputs().stream()
                                .map(value -> inputs.contains(value) ? "" : value)
                                .toList()));
            }
        }
        Map<String, ValueInfoProto> declared = Stream.concat(
                        model.graph().declaredInputs().stream(), model.graph().outputs().stream())
                .collect(Collectors.toMap(ValueInfoProto::getName, Function.identity(), (a, b) -> a));
        Shapes shapes = Shapes.infer(model);
        List<ValueInfoProto> given = new ArrayList<>();
        inputs.forEach(name -> given.add(declared(model, declared, shapes, name)));
        List<ValueInfoProto> wanted = new ArrayList<>();
        outputs.forEach(name -> wanted.add(declared(model, declared, shapes, name)));
        graph.setInputs(given);
        graph.setOutputs(wanted);
        graph.clearValueInfos();
        DeadCode.remove(graph);
        return section;
    }

    private static ValueInfoProto declared(
            OnnxModel model, Map<String, ValueInfoProto> declared, Shapes shapes, String name) {
        if (declared.containsKey(name)) {
            return declared.get(name);
        }
        Optional<Shape> shape = shapes.of(name);
        if (shape.isPresent()) {
            return ValueInfoProto.newBuilder()
                    .setName(name)
                    .setType(type(shape.get()))
                    .build();
        }
        return model.graph().valueInfo(name).orElseGet(() -> ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder()
                        .setTensorType(
                                TypeProto.Tensor.newBuilder().setElemType(TensorProto.DataType.FLOAT.getNumber())))
                .build());
    }

    private static TypeProto type(Shape shape) {
        TensorShapeProto.Builder dims = TensorShapeProto.newBuilder();
        for (Dim dim : shape.dims()) {
            TensorShapeProto.Dimension.Builder built = dims.addDimBuilder();
            if (dim.known()) {
                built.setDimValue(dim.value());
            } else {
                built.setDimParam(dim.symbol());
            }
        }
        return TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder()
                        .setElemType(shape.type().code())
                        .setShape(dims))
                .build();
    }
}
