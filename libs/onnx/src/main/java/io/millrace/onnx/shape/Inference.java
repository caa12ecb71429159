package io.millrace.onnx.shape;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Operator;
import io.millrace.onnx.operator.Operators;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One walk over a graph, node by node in order; what is known so far. */
final class Inference {
    /** Longer formulas of a dimension are replaced by a fresh symbol, which bounds time and memory. */
    private static final int LONGEST_FORMULA = 120;

    private final OnnxModel model;
    private final Inference outer;
    private final Map<String, Shape> shapes = new HashMap<>();
    private final Map<String, Value> values = new HashMap<>();
    private final Map<String, List<Shape>> sequences = new HashMap<>();
    private final Map<String, String> unknown = new LinkedHashMap<>();
    private final Map<String, String> contradictions = new LinkedHashMap<>();

    Inference(OnnxModel model) {
        this(model, null);
    }

    private Inference(OnnxModel model, Inference outer) {
        this.model = model;
        this.outer = outer;
    }

    /** A walk over a sub-graph, which sees the values around it. */
    Inference inside(GraphProto graph) {
        Inference inner = new Inference(model, this);
        for (TensorProto stored : graph.getInitializerList()) {
            Tensor.numbers(stored).ifPresent(tensor -> inner.store(stored.getName(), tensor));
        }
        graph.getNodeList().forEach(node -> inner.infer(Node.of(node)));
        return inner;
    }

    private void store(String name, Tensor tensor) {
        shapes.put(name, Shape.of(tensor.type(), tensor.dims()));
        Value.of(tensor).ifPresent(value -> values.put(name, value));
    }

    Shapes run(Map<String, long[]> sizes) {
        model.graph().inputs().forEach(input -> declare(input, sizes.get(input.getName())));
        model.graph().initializers().forEach(this::store);
        model.graph().nodes().forEach(this::infer);
        return new Shapes(shapes, values, unknown, contradictions);
    }

    private void declare(ValueInfoProto input, long[] sizes) {
        TypeProto.Tensor type = input.getType().getTensorType();
        if (!input.getType().hasTensorType() || sizes == null && !type.hasShape()) {
            unknown.put(input.getName(), "the model declares no shape for this input");
            return;
        }
        if (sizes != null) {
            shapes.put(input.getName(), Shape.of(ElementType.of(type.getElemType()), sizes));
            return;
        }
        List<Dim> dims = new ArrayList<>();
        for (Dimension dim : type.getShape().getDimList()) {
            if (dim.hasDimValue() && dim.getDimValue() >= 0) {
                dims.add(Dim.of(dim.getDimValue()));
            } else {
                boolean named = dim.hasDimParam() && !dim.getDimParam().isBlank();
                dims.add(Dim.symbol(named ? dim.getDimParam() : input.getName() + "#" + dims.size()));
            }
        }
        shapes.put(input.getName(), new Shape(ElementType.of(type.getElemType()), dims));
    }

    private void infer(Node node) {
        Operator operator = Operators.of(node);
        if (!operator.infersShapes()) {
            String domain = node.domain().isEmpty() ? "" : " of domain " + node.domain();
            unknown.put(node.label(), "operator " + node.op() + domain + " is not known");
            return;
        }
        try {
            operator.infer(new Call(node, this));
        } catch (UninferableException e) {
            unknown.put(node.label(), e.getMessage());
            if (e instanceof ContradictionException) {
                contradictions.put(node.label(), e.getMessage());
            }
        } catch (RuntimeException e) {
            // Rules read attributes and dimensions as an operator should have them; a file may say anything.
            unknown.put(node.label(), "attributes and inputs of " + node.op() + " do not fit: " + e.getMessage());
        }
    }

    long opset() {
        return model.opset();
    }

    Shape shape(String value) {
        Shape own = shapes.get(value);
        return own == null && outer != null ? outer.shape(value) : own;
    }

    List<Shape> sequence(String name) {
        List<Shape> own = sequences.get(name);
        return own == null && outer != null ? outer.sequence(name) : own;
    }

    void putSequence(String name, List<Shape> items) {
        sequences.put(name, List.copyOf(items));
    }

    Value value(String name) {
        Value own = values.get(name);
        return own == null && outer != null ? outer.value(name) : own;
    }

    void put(String name, Shape shape) {
        List<Dim> dims = shape.dims();
        for (int axis = 0; axis < dims.size(); axis++) {
            Dim dim = dims.get(axis);
            if (dim.length() > LONGEST_FORMULA) {
                dims = dims == shape.dims() ? new ArrayList<>(dims) : dims;
                dims.set(axis, Dim.symbol(name + "#" + axis));
            } else if (dim.known() && (dim.real() < 0 || dim.real() > 1L << 53)) {
                throw new UninferableException("dimension " + axis + " of " + name + " would be " + dim);
            }
        }
        shapes.put(name, dims == shape.dims() ? shape : new Shape(shape.type(), dims));
    }

    void put(String name, Value value) {
        Dim[] elements = value.elements();
        for (int i = 0; i < elements.length; i++) {
            if (elements[i] != null && elements[i].length() > LONGEST_FORMULA) {
                elements = elements == value.elements() ? elements.clone() : elements;
                elements[i] = null;
            }
        }
        values.put(name, elements == value.elements() ? value : new Value(value.dims(), elements));
    }
}
