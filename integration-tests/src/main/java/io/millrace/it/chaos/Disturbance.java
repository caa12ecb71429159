package io.millrace.it.chaos;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * One thing that goes wrong.
 *
 * @param victim what is struck: a process or a way of the network, by its name
 * @param after how long after the one before
 * @param length until it is mended
 */
record Disturbance(String victim, Kind kind, Duration after, Duration length) {

    /** How something goes wrong. */
    enum Kind {
        /** {@code kill -9}; started again later. */
        KILL,
        /** Stands still and comes back as if nothing had been, its work overtaken meanwhile. */
        PAUSE,
        /** A way of the network on which nothing passes any more, in the middle of whatever was sent. */
        CUT
    }

    private static final int LEAST_GAP_MILLIS = 300;
    private static final int MOST_GAP_MILLIS = 4_700;
    private static final int LONGEST_DOWN_MILLIS = 3_000;

    /** Some shorter than every timeout, some longer than a lease, a session and a transaction. */
    private static final int[] STANDSTILL_MILLIS = {500, 2_000, 6_000, 14_000};

    /** The plan of a run: the same for the same seed. */
    static List<Disturbance> plan(long seed, int count, Map<String, List<Kind>> victims) {
        Random random = new Random(seed);
        List<String> names = victims.keySet().stream().sorted().toList();
        List<Disturbance> plan = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String victim = names.get(random.nextInt(names.size()));
            List<Kind> kinds = victims.get(victim);
            Kind kind = kinds.get(random.nextInt(kinds.size()));
            int length = kind == Kind.KILL
                    ? random.nextInt(LONGEST_DOWN_MILLIS)
                    : STANDSTILL_MILLIS[random.nextInt(STANDSTILL_MILLIS.length)];
            int gap = LEAST_GAP_MILLIS + random.nextInt(MOST_GAP_MILLIS - LEAST_GAP_MILLIS);
            plan.add(new Disturbance(victim, kind, Duration.ofMillis(gap), Duration.ofMillis(length)));
        }
        return plan;
    }

    /** What recovery times are told by: {@code kill broker}. */
    String sort() {
        return kind.name().toLowerCase(java.util.Locale.ROOT) + " " + victim.replaceAll("-\\d+$", "");
    }
}
