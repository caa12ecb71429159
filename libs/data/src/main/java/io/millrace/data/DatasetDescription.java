package io.millrace.data;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.onnx.output.OutputKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What {@code dataset.json} says; every part may be left out and is then inferred.
 *
 * @param format {@code npz} or {@code idx}
 * @param inputs by name of the model's input
 * @param outputs what outputs of the model hold, by name, where the graph does not tell: a word of {@link OutputKind}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DatasetDescription(
        @JsonProperty("format") String format,
        @JsonProperty("inputs") Map<String, Input> inputs,
        @JsonProperty("labels") Labels labels,
        @JsonProperty("outputs") Map<String, String> outputs) {

    /** The file in the data set's folder. */
    public static final String FILE = "dataset.json";

    @JsonCreator
    public DatasetDescription {
        inputs = inputs == null ? Map.of() : Map.copyOf(inputs);
        labels = labels == null ? new Labels(null, null, null) : labels;
        outputs = outputs == null ? Map.of() : Map.copyOf(outputs);
    }

    /**
     * How an array becomes an input: {@code (x * scale - mean[c]) / std[c]}, c along axis 1.
     *
     * @param array its name in the shards; by default the input's own name
     * @param scale by default 1/255 for uint8 arrays and 1 for others
     * @param mean one per channel, or one for all; by default 0
     * @param std one per channel, or one for all; by default 1
     * @param layout {@code NCHW} or {@code NHWC}: how the array is stored; by default told from the shapes
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Input(
            @JsonProperty("array") String array,
            @JsonProperty("scale") Double scale,
            @JsonProperty("mean") List<Double> mean,
            @JsonProperty("std") List<Double> std,
            @JsonProperty("layout") String layout) {
        @JsonCreator
        public Input {}

        static Input inferred(String array) {
            return new Input(array, null, null, null, null);
        }
    }

    /**
     * @param array its name in the shards
     * @param kind {@code class}: one class index per sample; {@code none}: no labels
     * @param classes how many there are
     */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Labels(
            @JsonProperty("array") String array,
            @JsonProperty("kind") String kind,
            @JsonProperty("classes") Integer classes) {
        @JsonCreator
        public Labels {}
    }

    /** Reads {@code dataset.json} of a folder; an empty description where there is none. */
    static DatasetDescription read(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return new DatasetDescription(null, null, null, null);
        }
        try {
            DatasetDescription read = new ObjectMapper()
                    .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
                    .readValue(file.toFile(), DatasetDescription.class);
            if (read == null) {
                throw new InvalidDataException(file + ": is empty; leave it out, or describe inputs and labels");
            }
            read.check(file);
            return read;
        } catch (JsonProcessingException e) {
            throw new InvalidDataException(file + ": " + DescriptionFault.of(e), e);
        } catch (IOException e) {
            throw new InvalidDataException(file + ": cannot be read (" + e.getMessage() + ")", e);
        }
    }

    private void check(Path file) {
        String kind = labels.kind();
        if (kind != null && !kind.equals("class") && !kind.equals("none")) {
            throw new InvalidDataException(file + ": labels.kind is '" + kind + "'; use class or none");
        }
        if (labels.classes() != null && labels.classes() < 1) {
            throw new InvalidDataException(file + ": labels.classes must be at least 1");
        }
        outputs.forEach((name, word) -> {
            try {
                OutputKind.of(word);
            } catch (IllegalArgumentException e) {
                throw new InvalidDataException(file + ": outputs." + name + ": " + e.getMessage(), e);
            }
        });
        inputs.forEach((name, input) -> {
            if (input.std() != null && input.std().stream().anyMatch(s -> !(s > 0))) {
                throw new InvalidDataException(file + ": inputs." + name + ".std must be above 0");
            }
            if (input.layout() != null && !List.of("NCHW", "NHWC").contains(input.layout())) {
                throw new InvalidDataException(file + ": inputs." + name + ".layout must be NCHW or NHWC");
            }
        });
    }
}
