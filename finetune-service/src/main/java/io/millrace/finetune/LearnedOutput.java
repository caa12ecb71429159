package io.millrace.finetune;

import io.millrace.data.Dataset;
import io.millrace.inference.KnownOutputs;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.output.ModelOutput;
import io.millrace.onnx.output.OutputKind;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Which output of a network is trained by, and what its loss is taken of. */
final class LearnedOutput {
    private LearnedOutput() {}

    /**
     * The output that the labels are of; without labels the first one.
     *
     * @throws IllegalArgumentException if the labels fit none
     */
    static ModelOutput of(OnnxModel model, Dataset data, Map<String, String> declared, boolean labelled) {
        List<ModelOutput> outputs = KnownOutputs.of(model, data, declared);
        if (!labelled) {
            return outputs.get(0);
        }
        return KnownOutputs.answering(outputs, data.labels()).stream()
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(("the labels (%s) fit no output of the model: %s;"
                                + " say in 'outputs' what they hold, or train without labels")
                        .formatted(
                                data.labels().map(Object::toString).orElse("no classes"),
                                outputs.stream()
                                        .map(output -> output.name() + " (" + output.words() + ")")
                                        .collect(Collectors.joining(", ")))));
    }

    /** The same output of the original, as the value that its loss is taken of. */
    static String scoresOf(OnnxModel original, ModelOutput learned, Dataset data, Map<String, String> declared) {
        return KnownOutputs.of(original, data, declared).stream()
                .filter(output -> output.name().equals(learned.name()))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "the original has no output '" + learned.name() + "' to learn from"))
                .scores();
    }

    /** What the values hold that a loss is taken of: before a Softmax, probabilities are scores still. */
    static OutputKind kindOfScores(ModelOutput output) {
        boolean lookedThrough = !output.scores().equals(output.name());
        return output.kind() == OutputKind.PROBABILITIES && lookedThrough ? OutputKind.CLASS_SCORES : output.kind();
    }
}
