package io.millrace.data;

import io.millrace.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** Decides which array feeds which input of a model, and how. */
final class InputBinding {
    private final Shard shard;
    private final DatasetDescription description;
    private final String labels;

    /** @param labels name of the array of labels; {@code null} for none */
    InputBinding(Shard shard, DatasetDescription description, String labels) {
        this.shard = shard;
        this.description = description;
        this.labels = labels;
    }

    /** Without a model: every described input, or every array that is not the labels, as it is stored. */
    List<ArrayInput> toArrays() {
        List<ArrayInput> bound = new ArrayList<>();
        Map<String, DatasetDescription.Input> described = description.inputs();
        List<String> names = described.isEmpty() ? candidates() : List.copyOf(described.keySet());
        for (String name : names) {
            DatasetDescription.Input how = described.getOrDefault(name, DatasetDescription.Input.inferred(name));
            String array = how.array() == null ? soleOr(name) : how.array();
            ArrayHeader header = shard.array(array);
            boolean last = channelsLast(how, header.sampleDims());
            long[] dims = last ? channelsFirst(header.sampleDims()) : header.sampleDims();
            bound.add(new ArrayInput(name, how, array, header, io.millrace.onnx.ElementType.FLOAT, dims, last));
        }
        return bound;
    }

    List<ArrayInput> to(OnnxModel model) {
        List<ModelInput> inputs =
                model.graph().inputs().stream().map(ModelInput::of).toList();
        for (String name : description.inputs().keySet()) {
            if (inputs.stream().noneMatch(i -> i.name().equals(name))) {
                throw new InvalidDataException("%s: describes an input '%s', but the model's inputs are %s"
                        .formatted(
                                DatasetDescription.FILE,
                                name,
                                inputs.stream().map(ModelInput::name).toList()));
            }
        }
        return inputs.stream().map(input -> bind(input, inputs.size())).toList();
    }

    private ArrayInput bind(ModelInput input, int inputs) {
        DatasetDescription.Input how =
                description.inputs().getOrDefault(input.name(), DatasetDescription.Input.inferred(null));
        String array = how.array() != null ? how.array() : inputs == 1 ? soleOr(input.name()) : input.name();
        ArrayHeader header = shard.array(array);
        long[] stored = header.sampleDims();
        if (!"NHWC".equals(how.layout())) {
            for (long[] dims : List.of(stored, withOneChannel(stored))) {
                if (input.takes(dims)) {
                    return new ArrayInput(input.name(), how, array, header, input.type(), dims, false);
                }
            }
        }
        if (!"NCHW".equals(how.layout()) && stored.length == 3 && input.takes(channelsFirst(stored))) {
            return new ArrayInput(input.name(), how, array, header, input.type(), channelsFirst(stored), true);
        }
        throw new InvalidDataException(
                "%s: array '%s' has the shape %s, but the model's input '%s' takes %s; save the array in that shape"
                        .formatted(shard.file(), array, Arrays.toString(header.dims()), input.name(), input.shown()));
    }

    /** Without a model to tell: as declared, or as the number of means or deviations suggests. */
    private static boolean channelsLast(DatasetDescription.Input how, long[] dims) {
        if (how.layout() != null || dims.length != 3) {
            return "NHWC".equals(how.layout());
        }
        List<Double> values = how.mean() != null ? how.mean() : how.std();
        return values != null && values.size() > 1 && dims[0] != values.size() && dims[2] == values.size();
    }

    private String soleOr(String name) {
        if (shard.arrays().containsKey(name)) {
            return name;
        }
        List<String> candidates = candidates();
        if (candidates.size() == 1) {
            return candidates.get(0);
        }
        throw new InvalidDataException("%s: which of the arrays %s is the input '%s'? Name it in %s: %s"
                .formatted(
                        shard.file(),
                        shard.arrays().keySet(),
                        name,
                        DatasetDescription.FILE,
                        "{\"inputs\":{\"" + name + "\":{\"array\":\"...\"}}}"));
    }

    private List<String> candidates() {
        return shard.arrays().entrySet().stream()
                .filter(e -> !e.getKey().equals(labels) && e.getValue().dims().length > 1)
                .filter(e -> labels == null
                        || e.getValue().samples() == shard.array(labels).samples())
                .map(Map.Entry::getKey)
                .toList();
    }

    private static long[] channelsFirst(long[] dims) {
        return dims.length == 3 ? new long[] {dims[2], dims[0], dims[1]} : dims;
    }

    private static long[] withOneChannel(long[] dims) {
        long[] grown = new long[dims.length + 1];
        grown[0] = 1;
        System.arraycopy(dims, 0, grown, 1, dims.length);
        return grown;
    }
}
