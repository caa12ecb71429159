package io.millrace.data;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.output.ClassLabels;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;

/**
 * A folder of samples: {@code .npz} shards or IDX files, with an optional {@code dataset.json}. Opening reads headers
 * only. {@link #checkAgainst} binds it to a model: from then on batches carry the model's own input names and layout.
 */
public final class Dataset {
    private final Path folder;
    private final DatasetDescription description;
    private final List<Shard> shards;
    private final String labelArray;
    private final List<ArrayInput> inputs;
    private final long classes;

    private Dataset(
            Path folder,
            DatasetDescription description,
            List<Shard> shards,
            String labelArray,
            List<ArrayInput> inputs,
            long classes) {
        this.folder = folder;
        this.description = description;
        this.shards = shards;
        this.labelArray = labelArray;
        this.inputs = inputs;
        this.classes = classes;
    }

    /**
     * Opens a data set as it is stored, not bound to a model yet: inputs are keyed by their arrays' names where
     * {@code dataset.json} does not name them.
     *
     * @throws InvalidDataException if there is none, it is truncated, empty, or its parts contradict each other
     */
    public static Dataset open(Path folder) {
        DatasetDescription description = DatasetDescription.read(folder);
        List<Shard> shards = Shards.find(folder, description.format());
        Shard first = shards.get(0);
        String labels = LabelArray.nameIn(first, description.labels());
        List<ArrayInput> inputs = unboundInputs(first, description, labels);
        long classes = description.labels().classes() == null
                ? 0
                : description.labels().classes();
        Dataset dataset = new Dataset(folder, description, shards, labels, inputs, classes);
        dataset.checkShards();
        return dataset;
    }

    /** Opens a data set for a model: {@link #open(Path)} and {@link #checkAgainst} in one. */
    public static Dataset open(Path folder, OnnxModel model) {
        return open(folder).checkAgainst(model);
    }

    private static List<ArrayInput> unboundInputs(Shard first, DatasetDescription description, String labels) {
        List<ArrayInput> inputs = new InputBinding(first, description, labels).toArrays();
        if (inputs.isEmpty()) {
            Map<String, String> reasons = first instanceof NpzShard npz ? npz.unreadable() : Map.of();
            throw new InvalidDataException(
                    reasons.isEmpty()
                            ? first.file() + ": no array of samples; it holds "
                                    + first.arrays().keySet()
                            : reasons.values().iterator().next());
        }
        return inputs;
    }

    /**
     * Checks that this data set fits a model, and gives it bound to that model: batches then carry the model's input
     * names, element types and layout ([N, H, W, C] arrays become [N, C, H, W] where the shapes leave no doubt).
     *
     * @throws InvalidDataException if shapes do not fit, or a label lies outside the classes of every output
     */
    public Dataset checkAgainst(OnnxModel model) {
        List<ArrayInput> bound = new InputBinding(shards.get(0), description, labelArray).to(model);
        long outputs = mostClassesOf(model);
        if (outputs > 0 && classes > outputs) {
            throw new InvalidDataException("%s: %s says %d classes, but the model's output has %d"
                    .formatted(folder, DatasetDescription.FILE, classes, outputs));
        }
        Dataset dataset = new Dataset(folder, description, shards, labelArray, bound, classes);
        dataset.checkShards();
        if (labelArray != null) {
            long most = classes > 0 ? classes : outputs > 0 ? outputs : Long.MAX_VALUE;
            String whose = classes > 0 ? DatasetDescription.FILE : "the model's output";
            shards.forEach(s -> LabelArray.check(s, labelArray, LabelArray.read(s, labelArray), most, whose));
        }
        return dataset;
    }

    /**
     * The most classes that any output can tell apart: K of [N, K], two of [N] and [N, 1]; 0 where an output's shape does
     * not say.
     */
    private static long mostClassesOf(OnnxModel model) {
        long most = 0;
        for (ValueInfoProto output : model.graph().outputs()) {
            long[] dims = ModelInput.of(output).dims();
            if (dims == null || dims.length > 2 || dims.length == 2 && dims[1] < 1) {
                return 0;
            }
            most = Math.max(most, dims.length < 2 || dims[1] == 1 ? 2 : dims[1]);
        }
        return most;
    }

    private void checkShards() {
        List<String> needed =
                new ArrayList<>(inputs.stream().map(ArrayInput::array).toList());
        if (labelArray != null) {
            needed.add(labelArray);
        }
        Shard first = shards.get(0);
        for (Shard shard : shards) {
            int samples = shard.array(needed.get(0)).samples();
            for (String array : needed) {
                ArrayHeader header = shard.array(array);
                if (header.samples() != samples) {
                    throw new InvalidDataException("%s: array '%s' has %d samples, but '%s' has %d; they must be equal"
                            .formatted(shard.file(), array, header.samples(), needed.get(0), samples));
                }
                ArrayHeader model = first.array(array);
                if (header.type() != model.type()
                        || !java.util.Arrays.equals(header.sampleDims(), model.sampleDims())) {
                    throw new InvalidDataException("%s: array '%s' is %s, but in %s it is %s; all shards must agree"
                            .formatted(shard.file(), array, header, first.file(), model));
                }
            }
        }
        if (size() == 0) {
            throw new InvalidDataException(folder + ": holds no samples");
        }
        if (size() > Integer.MAX_VALUE) {
            throw new InvalidDataException(folder + ": more than 2^31 samples; split the data set");
        }
    }

    /** Samples in all shards. */
    public long size() {
        String array = inputs.get(0).array();
        return shards.stream().mapToLong(s -> s.array(array).samples()).sum();
    }

    /** What {@code dataset.json} said; empty parts where there was none. */
    public DatasetDescription description() {
        return description;
    }

    /** {@code class} or {@code none}. */
    public String labelKind() {
        return labelArray == null ? "none" : "class";
    }

    /** What the labels range over; empty where there are none. Reads them all. */
    public Optional<ClassLabels> labels() {
        if (labelArray == null) {
            return Optional.empty();
        }
        LongSummaryStatistics range = shards.stream()
                .flatMapToLong(shard -> LongStream.of(LabelArray.read(shard, labelArray)))
                .summaryStatistics();
        return Optional.of(new ClassLabels(range.getMin(), range.getMax(), classes));
    }

    /** The names of the inputs in each batch. */
    public List<String> inputNames() {
        return inputs.stream().map(ArrayInput::input).toList();
    }

    /** The folder this was read from, for messages. */
    public Path folder() {
        return folder;
    }

    /**
     * The samples as batches, decoded ahead of the caller by a thread of its own. May be called any number of times;
     * each gives the whole set in the order its options decide.
     */
    public Batches batches(BatchOptions options) {
        return new Batches(shards, inputs, labelArray, options);
    }
}
