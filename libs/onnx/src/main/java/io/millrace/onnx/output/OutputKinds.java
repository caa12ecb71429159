package io.millrace.onnx.output;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.shape.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What each output of a network holds. In this order: what the job or {@code dataset.json} declares; what the graph shows
 * (a Softmax, LogSoftmax or Sigmoid at its end, an ArgMax that reads it, NonMaxSuppression, a division by its own length,
 * integers, a name with "logits"); labels of classes that a row or a single number of scores fits. A row [N, K] with none
 * of these is plain values: scores of classes and a regression look the same, and a regression judged by its largest value
 * would pass whatever it answers.
 */
public final class OutputKinds {
    private OutputKinds() {}

    /**
     * By the graph alone.
     *
     * @param model the model, which stays as it is
     * @return one for each output, in order
     */
    public static List<ModelOutput> of(OnnxModel model) {
        return of(model, Map.of(), Optional.empty());
    }

    /**
     * {@return all outputs, in the model's order}
     *
     * @param model the model, which stays as it is
     * @param declared kinds by name of the output
     * @param labels of the data the outputs are to answer; empty where there are none
     * @throws InvalidModelException if an output is declared that the model lacks, or that cannot be what it is said
     *     to be
     */
    public static List<ModelOutput> of(
            OnnxModel model, Map<String, OutputKind> declared, Optional<ClassLabels> labels) {
        Recognition recognition = new Recognition(model);
        List<ValueInfoProto> values = model.graph().outputs();
        List<String> names = values.stream().map(ValueInfoProto::getName).toList();
        declared.keySet().stream()
                .filter(name -> !names.contains(name))
                .findFirst()
                .ifPresent(name -> {
                    throw new InvalidModelException(
                            "outputs.%s: the model has no such output; it has %s".formatted(name, names));
                });
        List<ModelOutput> outputs = new ArrayList<>();
        for (ValueInfoProto value : values) {
            ModelOutput recognised = recognition.of(value);
            OutputKind said = declared.get(value.getName());
            outputs.add(said == null ? recognised : declared(recognised, said, recognition.shape(value.getName())));
        }
        labels.ifPresent(known -> byLabels(outputs, declared, known, recognition));
        return List.copyOf(outputs);
    }

    private static ModelOutput declared(ModelOutput output, OutputKind said, Shape shape) {
        boolean row = said == OutputKind.CLASS_SCORES
                || said == OutputKind.PROBABILITIES
                || said == OutputKind.INDEPENDENT_SCORES
                || said == OutputKind.EMBEDDING;
        if (row && shape != null && (shape.rank() < 2 || !Recognition.isRow(shape, output.axis()))) {
            throw mismatch(output, said, shape, "needs one row of numbers a sample, [N, K]");
        }
        if (said == OutputKind.BINARY_SCORE && shape != null && !Recognition.isOneNumber(shape)) {
            throw mismatch(output, said, shape, "needs one number a sample, [N] or [N, 1]");
        }
        if (said == OutputKind.CLASS_INDICES && shape != null && shape.type().isFloatingPoint()) {
            throw mismatch(output, said, shape, "needs whole numbers");
        }
        return output.as(said, "declared");
    }

    private static InvalidModelException mismatch(ModelOutput output, OutputKind said, Shape shape, String need) {
        return new InvalidModelException("outputs.%s: %s %s, but the output is %s %s"
                .formatted(output.name(), said.word(), need, shape.type(), shape));
    }

    /** Labels turn plain values into scores where nothing else answers them. */
    private static void byLabels(
            List<ModelOutput> outputs, Map<String, OutputKind> declared, ClassLabels labels, Recognition recognition) {
        if (outputs.stream().anyMatch(o -> o.kind().answersClassLabels() && labels.fit(o))) {
            return;
        }
        List<ModelOutput> fitting = outputs.stream()
                .filter(o -> o.kind() == OutputKind.VALUES && !declared.containsKey(o.name()) && labels.fit(o))
                .filter(o -> scores(recognition.shape(o.name())))
                .toList();
        List<ModelOutput> exact = fitting.stream().filter(labels::fillExactly).toList();
        for (ModelOutput chosen : exact.isEmpty() ? fitting : exact) {
            boolean one = Recognition.isOneNumber(recognition.shape(chosen.name()));
            outputs.set(
                    outputs.indexOf(chosen),
                    chosen.as(
                            one ? OutputKind.BINARY_SCORE : OutputKind.CLASS_SCORES,
                            "the labels, " + labels + ", fit"));
        }
    }

    private static boolean scores(Shape shape) {
        return shape != null && (Recognition.isRow(shape, 1) || Recognition.isOneNumber(shape));
    }
}
