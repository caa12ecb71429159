package io.millrace.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The rules of ONNX that a graph must keep: unique names, values made before they are read, sound tensors. */
final class GraphCheck {
    private final String owner;
    private final GraphCheck outer;
    private final Set<String> domains;
    private final boolean inFunction;
    private final Set<String> values = new HashSet<>();

    private GraphCheck(String owner, GraphCheck outer, Set<String> domains, boolean inFunction) {
        this.owner = owner;
        this.outer = outer;
        this.domains = domains;
        this.inFunction = inFunction;
    }

    static void checkMain(GraphProto graph, Set<String> domains) {
        if (graph.getOutputCount() == 0) {
            throw new InvalidModelException("the graph has no output");
        }
        new GraphCheck("the graph", null, domains, false).graph(graph);
    }

    static void checkFunction(FunctionProto function, Set<String> domains) {
        GraphCheck check = new GraphCheck("function " + function.getName(), null, domains, true);
        function.getInputList().forEach(check::define);
        check.nodes(function.getNodeList());
        function.getOutputList().forEach(check::output);
    }

    private void graph(GraphProto graph) {
        Set<String> stored = new HashSet<>();
        for (TensorProto tensor : graph.getInitializerList()) {
            if (tensor.getName().isEmpty() || !stored.add(tensor.getName())) {
                throw broken("two initializers are named '" + tensor.getName() + "', or one has no name");
            }
            tensor(tensor, "initializer " + tensor.getName());
        }
        for (SparseTensorProto tensor : graph.getSparseInitializerList()) {
            if (!stored.add(tensor.getValues().getName())) {
                throw broken("two initializers are named '" + tensor.getValues().getName() + "'");
            }
        }
        for (ValueInfoProto input : graph.getInputList()) {
            define(input.getName());
            type(input);
        }
        values.addAll(stored);
        nodes(graph.getNodeList());
        Set<String> outputs = new HashSet<>();
        for (ValueInfoProto output : graph.getOutputList()) {
            output(output.getName());
            if (!outputs.add(output.getName())) {
                throw broken("two outputs are named '" + output.getName() + "'");
            }
        }
    }

    private void nodes(List<NodeProto> nodes) {
        for (NodeProto node : nodes) {
            Node readable = Node.of(node);
            if (node.getOpType().isEmpty()) {
                throw broken("node '" + readable.label() + "' has no operator");
            }
            if (!domains.contains(readable.domain())) {
                throw broken("node '" + readable.label() + "' is of domain '" + readable.domain()
                        + "', of which no operator set is imported");
            }
            for (String input : node.getInputList()) {
                if (!input.isEmpty() && !knows(input)) {
                    throw broken("node '" + readable.label() + "' reads '" + input + "', " + whyUnknown(input, nodes));
                }
            }
            attributes(node, readable.label());
            node.getOutputList().stream().filter(name -> !name.isEmpty()).forEach(this::define);
        }
    }

    private static String whyUnknown(String value, List<NodeProto> nodes) {
        return nodes.stream()
                .filter(n -> n.getOutputList().contains(value))
                .findFirst()
                .map(n -> "which node '" + Node.of(n).label()
                        + "' makes only after it: the graph has a cycle, or its nodes are not in topological order")
                .orElse("which nothing makes: no input, no initializer, no node");
    }

    private void attributes(NodeProto node, String label) {
        Set<String> names = new HashSet<>();
        for (AttributeProto attribute : node.getAttributeList()) {
            String name = attribute.getName();
            if (!names.add(name)) {
                throw broken("node '" + label + "' has two attributes '" + name + "'");
            }
            if (!attribute.getRefAttrName().isEmpty() && !inFunction) {
                throw broken("attribute '" + name + "' of node '" + label + "' refers to an attribute of a function,"
                        + " but is not in one");
            }
            if (attribute.hasT()) {
                tensor(attribute.getT(), "attribute '" + name + "' of node '" + label + "'");
            }
            attribute.getTensorsList().forEach(t -> tensor(t, "attribute '" + name + "' of node '" + label + "'"));
            if (attribute.hasG()) {
                inner(attribute.getG(), name, label);
            }
            attribute.getGraphsList().forEach(g -> inner(g, name, label));
        }
    }

    private void inner(GraphProto graph, String attribute, String label) {
        new GraphCheck("sub-graph '" + attribute + "' of node '" + label + "'", this, domains, inFunction).graph(graph);
    }

    private void tensor(TensorProto tensor, String what) {
        try {
            Tensor.count(
                    tensor.getDimsList().stream().mapToLong(Long::longValue).toArray());
            if (!ExternalData.isExternal(tensor)) {
                TensorReader.checkInline(tensor);
            }
        } catch (InvalidModelException | ArithmeticException e) {
            throw broken(what + ": " + e.getMessage());
        }
    }

    /** Sizes of inputs are numbers, names, or open; some exporters write -1 for open. */
    private void type(ValueInfoProto value) {
        if (!value.getType().hasTensorType()) {
            return;
        }
        TypeProto.Tensor type = value.getType().getTensorType();
        long[] dims = type.getShape().getDimList().stream()
                .filter(Dimension::hasDimValue)
                .mapToLong(Dimension::getDimValue)
                .filter(dim -> dim != -1)
                .toArray();
        try {
            ElementType.of(type.getElemType());
            Tensor.count(Arrays.stream(dims).filter(dim -> dim != 0).toArray());
        } catch (InvalidModelException e) {
            throw broken("input '" + value.getName() + "': " + e.getMessage());
        }
    }

    private void define(String value) {
        if (value.isEmpty()) {
            throw broken("an input has no name");
        }
        if (!values.add(value)) {
            throw broken("value '" + value + "' is made twice");
        }
    }

    private void output(String value) {
        if (!knows(value)) {
            throw broken("its output '" + value + "' is made by nothing");
        }
    }

    private boolean knows(String value) {
        return values.contains(value) || outer != null && outer.knows(value);
    }

    private InvalidModelException broken(String reason) {
        return new InvalidModelException(owner.equals("the graph") ? reason : owner + ": " + reason);
    }
}
