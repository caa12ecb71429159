package io.millrace.onnx.shape;

import io.millrace.onnx.OnnxModel;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Shapes of all values of a model's main graph, inferred from its inputs. Sizes that are open until the model runs
 * stay symbols. What an operator makes that is not known here has no shape, and {@link #unknown()} says why.
 */
public final class Shapes {
    private final Map<String, Shape> shapes;
    private final Map<String, Value> values;
    private final Map<String, String> unknown;
    private final Map<String, String> contradictions;

    Shapes(
            Map<String, Shape> shapes,
            Map<String, Value> values,
            Map<String, String> unknown,
            Map<String, String> contradictions) {
        this.shapes = shapes;
        this.values = values;
        this.unknown = unknown;
        this.contradictions = contradictions;
    }

    /**
     * Infers all shapes. Never fails on a model that could be read.
     *
     * @param model the model, which stays as it is
     * @return what is known of each value
     */
    public static Shapes infer(OnnxModel model) {
        return infer(model, Map.of());
    }

    /**
     * Infers all shapes for inputs of these sizes.
     *
     * @param model the model, which stays as it is
     * @param inputs dimensions by input name, in place of the ones the model declares
     * @return what is known of each value
     */
    public static Shapes infer(OnnxModel model, Map<String, long[]> inputs) {
        return new Inference(model).run(inputs);
    }

    /**
     * {@return the shape of a value: input, initializer or output of a node}
     *
     * @param value name of a value
     */
    public Optional<Shape> of(String value) {
        return Optional.ofNullable(shapes.get(value));
    }

    /**
     * {@return the elements of a small tensor that can be told before the model runs (the target of a Reshape, the
     * bounds of a Slice), in row-major order; empty where one is not known}
     *
     * @param value name of a value
     */
    public Optional<List<Dim>> elements(String value) {
        return Optional.ofNullable(values.get(value)).filter(Value::complete).map(v -> List.of(v.elements()));
    }

    /** {@return the nodes whose outputs are not known, by label, with the reason} */
    public Map<String, String> unknown() {
        return unknown;
    }

    /** {@return the nodes that cannot run whatever the model is given, by label, with the reason} */
    public Map<String, String> contradictions() {
        return contradictions;
    }
}
