package io.millrace.onnx.opset;

import ai.onnx.proto.OnnxMl.AttributeProto;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.Node;
import io.millrace.onnx.Patch;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Operators;
import io.millrace.onnx.operator.Setting;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** What adapters work with while one node is converted. */
record Rewriting(Patch patch, Shapes shapes, List<String> notes) {
    Rewriting(Patch patch, Shapes shapes) {
        this(patch, shapes, new ArrayList<>());
    }

    void note(String what) {
        notes.add(what);
    }

    /** Moves attributes that are inputs since this version into inputs. */
    List<Node> settingsIntoInputs(Node node, long version) throws InexactException {
        Node changed = node;
        for (Setting setting : Operators.of(node).settings()) {
            AttributeProto attribute = node.attribute(setting.attribute()).orElse(null);
            if (attribute != null && setting.inputSince() == version) {
                note(setting.attribute() + " became an input");
                String stored = patch.store(node.output(0) + "_" + setting.attribute(), tensor(node, attribute));
                changed = changed.without(setting.attribute()).withInput(setting.input(), stored);
            }
        }
        return List.of(changed);
    }

    /** Numbers in the type that the input must have: bounds and fillings that of the data, a ratio any float type. */
    private Tensor tensor(Node node, AttributeProto attribute) throws InexactException {
        switch (attribute.getType()) {
            case INTS -> {
                long[] values = node.intsAttribute(attribute.getName());
                return Tensor.ofLongs(values, values.length);
            }
            case INT -> {
                return Tensor.ofLongs(new long[] {attribute.getI()}, 1);
            }
            case FLOATS -> {
                float[] values = new float[attribute.getFloatsCount()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = attribute.getFloats(i);
                }
                return Tensor.ofFloats(values, values.length);
            }
            default -> {
                Tensor number = Tensor.scalar(attribute.getF());
                return node.is("Dropout") ? number : number.as(type(node));
            }
        }
    }

    /** The element type of the first input. */
    ElementType type(Node node) throws InexactException {
        ElementType type = shapes.of(node.input(0)).map(Shape::type).orElse(null);
        if (type == null) {
            throw new InexactException("the type of its input " + node.input(0) + " is not known");
        }
        return type;
    }

    OptionalInt rank(Node node) {
        return shapes.of(node.input(0))
                .map(shape -> OptionalInt.of(shape.dims().size()))
                .orElse(OptionalInt.empty());
    }

    boolean isRead(String value) {
        return !value.isEmpty() && patch.graph().isRead(value);
    }
}
