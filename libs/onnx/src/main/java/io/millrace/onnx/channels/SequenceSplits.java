package io.millrace.onnx.channels;

import io.millrace.onnx.Node;
import java.util.Arrays;
import java.util.stream.IntStream;

/** A Split in two operators: SplitToSequence, and SequenceAt for each piece. Newer torch writes chunk and split so. */
final class SequenceSplits {
    private SequenceSplits() {}

    static void split(Site site) {
        int axis = site.axis(0, site.rank(0));
        boolean followed = site.flow.graph.consumers(site.node.output(0)).stream()
                .allMatch(reader -> reader.is("SequenceAt") && new Site(site.flow, reader).longs(1) != null);
        if (site.layout(0).on(axis) != null && (!followed || sizes(site) == null)) {
            Rules.UNKNOWN.apply(site);
        }
    }

    static void at(Site site) {
        Node producer = site.flow.graph.producer(site.node.input(0));
        if (producer == null || !producer.is("SplitToSequence")) {
            Rules.UNKNOWN.apply(site);
            return;
        }
        Site split = new Site(site.flow, producer);
        int axis = split.axis(0, split.rank(0));
        if (split.layout(0).on(axis) == null) {
            site.give(split.layout(0));
            return;
        }
        long[] sizes = sizes(split);
        if (sizes == null
                || site.longs(1) == null
                || !site.outShape(0).get(axis).known()) {
            Rules.UNKNOWN.apply(site);
            return;
        }
        int index = Math.floorMod((int) site.longs(1)[0], sizes.length);
        int from = (int) Arrays.stream(sizes, 0, index).sum();
        site.give(MovementRules.selected(
                split, axis, IntStream.range(from, from + (int) sizes[index]).toArray()));
    }

    /** The sizes of the pieces, or {@code null} if they are not known or pieces lose the axis. */
    static long[] sizes(Site split) {
        int axis = split.axis(0, split.rank(0));
        long[] given = split.longs(1);
        if (given == null || !split.shape(0).get(axis).known()) {
            return null;
        }
        if (split.rank(1) == 1) {
            return given;
        }
        long total = split.shape(0).get(axis).value();
        long[] sizes = new long[(int) ((total + given[0] - 1) / given[0])];
        Arrays.setAll(sizes, i -> Math.min(given[0], total - i * given[0]));
        return sizes;
    }
}
