package io.millrace.onnx.inspect;

import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.util.List;

/** Whether a model that could be read can run: what only shows once shapes are known. */
final class Soundness {
    /** No machine holds a tensor of more. */
    private static final double MOST_BYTES = 1L << 40;

    private final Shapes shapes;

    private Soundness(Shapes shapes) {
        this.shapes = shapes;
    }

    /** @throws InvalidModelException if a node cannot run whatever the model is given; names node and reason */
    static void check(OnnxModel model, Shapes shapes) {
        shapes.contradictions().forEach((label, reason) -> {
            throw new InvalidModelException("node '" + label + "': " + reason);
        });
        Soundness soundness = new Soundness(shapes);
        model.graph().nodes().forEach(soundness::check);
    }

    private void check(Node node) {
        for (String output : node.outputs()) {
            shapes.of(output).ifPresent(shape -> size(node, output, shape));
        }
        if (node.is("Conv")) {
            channels(node);
        } else if (node.is("QuantizeLinear", "DequantizeLinear")) {
            scales(node);
        }
    }

    private static void size(Node node, String value, Shape shape) {
        double bytes = shape.type().bits() / 8.0;
        for (Dim dim : shape.dims()) {
            bytes *= dim.known() ? dim.value() : 1;
        }
        require(bytes <= MOST_BYTES, node, "'" + value + "' would take %.0f bytes".formatted(bytes));
    }

    private void channels(Node conv) {
        List<Dim> x = dims(conv.input(0));
        List<Dim> weight = dims(conv.input(1));
        if (x == null || weight == null || weight.size() < 3 || x.size() < 2) {
            return;
        }
        require(x.size() == weight.size(), conv, "its input has " + x.size() + " axes and its weight " + weight.size());
        Dim channels = x.get(1);
        Dim read = weight.get(1);
        if (channels.known() && read.known()) {
            long expected = read.value() * conv.intAttribute("group", 1);
            require(
                    channels.value() == expected,
                    conv,
                    "its input has " + channels.value() + " channels, but its weight is for " + expected);
        }
    }

    private void scales(Node node) {
        List<Dim> x = dims(node.input(0));
        List<Dim> scale = dims(node.input(1));
        boolean perAxis = scale != null && scale.size() == 1 && !scale.get(0).is(1);
        if (x == null || !perAxis || node.intAttribute("block_size", 0) != 0) {
            return;
        }
        long axis = node.intAttribute("axis", 1);
        require(
                axis >= -x.size() && axis < x.size(),
                node,
                "its axis " + axis + " does not exist in " + x.size() + " dimensions");
        Dim size = x.get(Math.floorMod((int) axis, x.size()));
        require(
                !size.known()
                        || !scale.get(0).known()
                        || size.value() == scale.get(0).value(),
                node,
                "it has " + scale.get(0) + " scales for an axis of " + size);
    }

    private List<Dim> dims(String value) {
        return shapes.of(value).map(Shape::dims).orElse(null);
    }

    private static void require(boolean condition, Node node, String otherwise) {
        if (!condition) {
            throw new InvalidModelException("node '" + node.label() + "' (" + node.op() + "): " + otherwise);
        }
    }
}
