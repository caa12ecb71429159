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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The rules of ONNX that a graph must keep: unique names, values made before they are read, sound tensors. */
final class GraphCheck {
    private final String owner;
    private final GraphCheck outer;
    private final Map<String, Long> opsets;
    private final boolean inFunction;
    private final TypeCheck types;
    private final Set<String> values = new HashSet<>();
    private final Set<String> nodeNames = new HashSet<>();
    private final Map<String, long[]> stored = new HashMap<>();
    private GraphProto graph = GraphProto.getDefaultInstance();

    private GraphCheck(String owner, GraphCheck outer, Map<String, Long> opsets, boolean inFunction) {
        this.owner = owner;
        this.outer = outer;
        this.opsets = opsets;
        this.inFunction = inFunction;
        this.types = new TypeCheck(outer == null ? null : outer.types);
    }

    static void checkMain(GraphProto graph, Map<String, Long> opsets) {
        if (graph.getOutputCount() == 0) {
            throw new InvalidModelException("the graph has no output");
        }
        new GraphCheck("the graph", null, opsets, false).graph(graph);
    }

    static void checkFunction(FunctionProto function, Map<String, Long> opsets) {
        GraphCheck check = new GraphCheck("function " + function.getName(), null, opsets, true);
        function.getInputList().forEach(check::define);
        check.nodes(function.getNodeList());
        function.getOutputList().forEach(check::output);
    }

    private void graph(GraphProto checked) {
        graph = checked;
        for (TensorProto tensor : graph.getInitializerList()) {
            tensor(tensor, "initializer " + tensor.getName());
            store(tensor, tensor.getDimsList());
        }
        for (SparseTensorProto tensor : graph.getSparseInitializerList()) {
            SparseCheck.check(tensor);
            store(tensor.getValues(), tensor.getDimsList());
        }
        for (ValueInfoProto input : graph.getInputList()) {
            define(input.getName());
            type(input);
            types.declare(input);
        }
        values.addAll(stored.keySet());
        nodes(graph.getNodeList());
        Set<String> outputs = new HashSet<>();
        for (ValueInfoProto output : graph.getOutputList()) {
            output(output.getName());
            if (!outputs.add(output.getName())) {
                throw broken("two outputs are named '" + output.getName() + "'");
            }
        }
    }

    private void store(TensorProto tensor, List<Long> dims) {
        long[] shape = dims.stream().mapToLong(Long::longValue).toArray();
        if (tensor.getName().isEmpty() || stored.put(tensor.getName(), shape) != null) {
            throw broken("two initializers are named '" + tensor.getName() + "', or one has no name");
        }
        types.know(tensor.getName(), tensor.getDataType());
    }

    private void nodes(List<NodeProto> nodes) {
        for (NodeProto node : nodes) {
            Node readable = Node.of(node);
            if (node.getOpType().isEmpty()) {
                throw broken("node '" + readable.label() + "' has no operator");
            }
            if (!opsets.containsKey(readable.domain())) {
                throw broken("node '" + readable.label() + "' is of domain '" + readable.domain()
                        + "', of which no operator set is imported");
            }
            for (String input : node.getInputList()) {
                if (!input.isEmpty() && !knows(input)) {
                    throw broken("node '" + readable.label() + "' reads '" + input + "', " + whyUnknown(input, nodes));
                }
            }
            if (!node.getName().isEmpty() && !nodeNames.add(node.getName())) {
                throw broken("two nodes are named '" + node.getName() + "'");
            }
            attributes(node, readable.label());
            operator(readable);
            node.getOutputList().stream().filter(name -> !name.isEmpty()).forEach(this::make);
        }
    }

    private void operator(Node node) {
        try {
            NodeCheck.check(node, opsets).ifPresent(schema -> types.node(node, schema));
            long[] weight = node.is("Conv", "ConvTranspose") ? stored.get(node.input(1)) : null;
            if (weight != null) {
                ConvolutionCheck.check(node, weight);
            }
            if (node.is("Loop")) {
                LoopCheck.check(node, this::constant);
            }
        } catch (InvalidModelException e) {
            throw broken(e.getMessage());
        }
    }

    private Optional<Tensor> constant(String name) {
        Optional<Tensor> own = LoopCheck.constant(graph, name);
        return own.isPresent() || outer == null ? own : outer.constant(name);
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
        new GraphCheck("sub-graph '" + attribute + "' of node '" + label + "'", this, opsets, inFunction).graph(graph);
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

    /** Values that nodes make have one name in all the graphs around them. */
    private void make(String value) {
        if (outer != null && outer.knows(value)) {
            throw broken("value '" + value + "' is made again, which the graph around it has already");
        }
        define(value);
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
