package io.millrace.compression;

import io.millrace.data.Batch;
import io.millrace.data.Batches;
import java.util.stream.StreamSupport;

/**
 * A draw of samples in two: those that layers are fitted to, and those kept aside, on which it is judged what a fit is
 * worth. No sample is in both. The order of the draw is random, so every fourth batch of it is as good a choice as any.
 */
public final class Aside {
    private static final int EVERY = 4;

    private Aside() {}

    /** Whether there are enough batches to keep one aside. */
    public static boolean possible(Batches batches) {
        return batches.count() > 1;
    }

    /** Whether a batch, by its place in the draw, is kept aside. */
    public static boolean is(int place, Batches batches) {
        return batches.count() < EVERY ? place == batches.count() - 1 : place % EVERY == EVERY - 1;
    }

    /** Share of the samples that is not kept aside. */
    public static double share(Batches batches) {
        int fitted = 0;
        for (int place = 0; place < batches.count(); place++) {
            fitted += is(place, batches) ? 0 : 1;
        }
        return (double) fitted / batches.count();
    }

    /** The batches that are kept aside. */
    public static Iterable<Batch> of(Batches batches) {
        return () -> {
            int[] place = {0};
            return StreamSupport.stream(batches.spliterator(), false)
                    .filter(batch -> is(place[0]++, batches))
                    .iterator();
        };
    }
}
