package io.millrace.compression;

import io.millrace.selection.NetworkPart;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Parts of a network in portions of about equal work, which any number of workers share. They follow from the network,
 * its options and the count of samples alone, so that the tasks made of them are found again by every later job.
 */
final class Portions {
    /** Some seconds of one worker. */
    private static final double WORK = 1e11;

    /** As many workers share even a small network. */
    private static final int FEWEST = 4;

    private static final int MOST = 32;

    private Portions() {}

    /**
     * @param parts in execution order; so are those of a portion
     * @param samples that every option is measured on
     */
    static List<List<NetworkPart>> of(List<NetworkPart> parts, int samples) {
        double work = samples * parts.stream().mapToDouble(NetworkPart::work).sum();
        int count = (int) Math.min(parts.size(), Math.max(FEWEST, Math.min(MOST, Math.ceil(work / WORK))));
        List<List<NetworkPart>> portions =
                Stream.<List<NetworkPart>>generate(ArrayList::new).limit(count).toList();
        double[] load = new double[count];
        parts.stream()
                .sorted(Comparator.comparingDouble(NetworkPart::work).reversed())
                .forEach(part -> {
                    int lightest = IntStream.range(0, count)
                            .boxed()
                            .min(Comparator.comparingDouble((Integer i) -> load[i])
                                    .thenComparing(i -> portions.get(i).size()))
                            .orElseThrow();
                    portions.get(lightest).add(part);
                    load[lightest] += part.work();
                });
        portions.forEach(portion -> portion.sort(Comparator.comparingInt(parts::indexOf)));
        return portions;
    }
}
