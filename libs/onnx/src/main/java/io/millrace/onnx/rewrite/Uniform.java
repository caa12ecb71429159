package io.millrace.onnx.rewrite;

import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.operator.Operator;
import io.millrace.onnx.operator.Operators;
import java.util.OptionalDouble;

/**
 * Recognises values that are one number over and over, whatever their size. Some exporters write the bias of a layer
 * that has none as a zero, cast like the input and expanded to the first dimension of the weight.
 */
public final class Uniform {
    private static final int DEPTH = 16;

    private Uniform() {}

    /**
     * {@return the number that every element of a value has, if that can be told before the model runs}
     *
     * @param graph the graph, which stays as it is
     * @param value name of a value
     */
    public static OptionalDouble valueOf(Graph graph, String value) {
        String at = value;
        for (int i = 0; i < DEPTH; i++) {
            Tensor tensor = graph.constant(at).orElse(null);
            if (tensor != null) {
                return uniform(tensor);
            }
            Node producer = graph.producer(at);
            if (producer == null) {
                return OptionalDouble.empty();
            }
            if (producer.is("ConstantOfShape")) {
                return producer.tensorAttribute("value").isEmpty() ? OptionalDouble.of(0) : OptionalDouble.empty();
            }
            Operator operator = Operators.of(producer);
            boolean sameElements =
                    operator.presentsItsInput() && operator.parameters().scales().length == 0 || operator.fills();
            if (!sameElements) {
                return OptionalDouble.empty();
            }
            at = producer.input(0);
        }
        return OptionalDouble.empty();
    }

    private static OptionalDouble uniform(Tensor tensor) {
        if (!tensor.type().isFloatingPoint() || tensor.count() == 0 || tensor.count() > 1 << 16) {
            return OptionalDouble.empty();
        }
        float[] values = tensor.floats();
        for (float value : values) {
            if (value != values[0]) {
                return OptionalDouble.empty();
            }
        }
        return OptionalDouble.of(values[0]);
    }
}
