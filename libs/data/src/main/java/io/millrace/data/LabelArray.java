package io.millrace.data;

import io.millrace.onnx.Tensor;
import java.util.List;
import java.util.Locale;

/** Finds and reads the array of class labels. */
final class LabelArray {
    private static final List<String> USUAL = List.of("labels", "label", "y", "targets", "target", "classes");

    private static final String NO_CLASSES =
            "; if they are no classes, say so in " + DatasetDescription.FILE + ": {\"labels\":{\"kind\":\"none\"}}";

    private LabelArray() {}

    /** The name of the array of labels in this shard, or {@code null} for none. */
    static String nameIn(Shard shard, DatasetDescription.Labels described) {
        if ("none".equals(described.kind())) {
            return null;
        }
        if (described.array() != null) {
            shard.array(described.array());
            return described.array();
        }
        List<String> fitting = shard.arrays().keySet().stream()
                .filter(n -> USUAL.contains(n.toLowerCase(Locale.ROOT)))
                .toList();
        if (fitting.size() > 1) {
            throw new InvalidDataException("%s: which of the arrays %s are the labels? Name one in %s: %s"
                    .formatted(shard.file(), fitting, DatasetDescription.FILE, "{\"labels\":{\"array\":\"...\"}}"));
        }
        if (fitting.isEmpty() && "class".equals(described.kind())) {
            throw new InvalidDataException("%s: no array of labels among %s; name it in %s: %s"
                    .formatted(
                            shard.file(),
                            shard.arrays().keySet(),
                            DatasetDescription.FILE,
                            "{\"labels\":{\"array\":\"...\"}}"));
        }
        return fitting.isEmpty() ? null : fitting.get(0);
    }

    /** One class index per sample: [N] or [N, 1] of any type, as long as the numbers are whole. */
    static long[] read(Shard shard, String array) {
        ArrayHeader header = shard.array(array);
        if (ArrayHeader.count(header.dims()) != header.samples()) {
            throw new InvalidDataException("%s: labels '%s' have the shape %s; one class index per sample is read,"
                            .formatted(shard.file(), array, header)
                    + " for example numpy.argmax(one_hot, axis=1)");
        }
        Tensor stored = Tensor.of(header.type(), shard.read(array), header.samples());
        return header.type().isFloatingPoint() ? whole(shard, array, stored.floats()) : stored.longs();
    }

    private static long[] whole(Shard shard, String array, float[] values) {
        long[] labels = new long[values.length];
        for (int i = 0; i < values.length; i++) {
            labels[i] = (long) values[i];
            if (labels[i] != values[i]) {
                throw new InvalidDataException("%s: label %s at index %d of '%s' is no class index%s"
                        .formatted(shard.file(), values[i], i, array, NO_CLASSES));
            }
        }
        return labels;
    }

    /** Refuses labels outside 0 to {@code classes} - 1. */
    static void check(Shard shard, String array, long[] labels, long classes, String whose) {
        for (int i = 0; i < labels.length; i++) {
            if (labels[i] < 0 || labels[i] >= classes) {
                throw new InvalidDataException(
                        "%s: label %d at index %d of '%s' is outside the %d classes of %s; labels count from 0 to %d%s"
                                .formatted(shard.file(), labels[i], i, array, classes, whose, classes - 1, NO_CLASSES));
            }
        }
    }
}
