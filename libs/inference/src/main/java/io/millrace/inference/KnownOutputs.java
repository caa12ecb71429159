package io.millrace.inference;

import io.millrace.data.Dataset;
import io.millrace.data.InvalidDataException;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.output.ClassLabels;
import io.millrace.onnx.output.ModelOutput;
import io.millrace.onnx.output.OutputKind;
import io.millrace.onnx.output.OutputKinds;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a model's outputs hold, from all who know: the job, the data set's description, the graph, the labels. */
public final class KnownOutputs {
    private KnownOutputs() {}

    /**
     * All outputs, in the model's order.
     *
     * @param data its {@code dataset.json} may declare outputs, and its labels tell which output they are of
     * @param job what the job declares, kinds by name of the output; it overrides the data set
     * @throws io.millrace.onnx.InvalidModelException if a declaration does not fit the model
     */
    public static List<ModelOutput> of(OnnxModel model, Dataset data, Map<String, String> job) {
        Map<String, OutputKind> declared = new HashMap<>();
        data.description().outputs().forEach((name, kind) -> declared.put(name, OutputKind.of(kind)));
        if (job.values().stream().anyMatch(KnownOutputs::answers)) {
            // What the job says of where the answers are leaves no other.
            declared.values().removeIf(OutputKind::answersClassLabels);
        }
        job.forEach((name, kind) -> declared.put(name, kind(name, kind)));
        return OutputKinds.of(model, declared, data.labels());
    }

    /** As {@link #of(OnnxModel, Dataset, Map)}, of a data set that is not open yet. */
    public static List<ModelOutput> of(OnnxModel model, Path data, Map<String, String> job) {
        return of(model, Dataset.open(data), job);
    }

    private static OutputKind kind(String output, String word) {
        try {
            return OutputKind.of(word);
        } catch (IllegalArgumentException e) {
            throw new InvalidDataException("outputs." + output + ": " + e.getMessage(), e);
        }
    }

    private static boolean answers(String word) {
        try {
            return OutputKind.of(word).answersClassLabels();
        } catch (IllegalArgumentException e) {
            return false; // said where it is read
        }
    }

    /**
     * Those that could be what the labels are of: where some that are declared could be, only they; all that answer class
     * labels where there are no labels.
     */
    public static List<ModelOutput> answering(List<ModelOutput> outputs, Optional<ClassLabels> labels) {
        List<ModelOutput> all = outputs.stream()
                .filter(output -> output.kind().answersClassLabels())
                .filter(output -> labels.isEmpty() || labels.get().fit(output))
                .toList();
        List<ModelOutput> declared =
                all.stream().filter(KnownOutputs::isDeclared).toList();
        return declared.isEmpty() ? all : declared;
    }

    /** Those that are declared to answer class labels, and cannot be what these labels are of. */
    static List<ModelOutput> declaredInVain(List<ModelOutput> outputs, ClassLabels labels) {
        return outputs.stream()
                .filter(output -> isDeclared(output) && output.kind().answersClassLabels() && !labels.fit(output))
                .toList();
    }

    static boolean isDeclared(ModelOutput output) {
        return output.why().equals("declared");
    }
}
