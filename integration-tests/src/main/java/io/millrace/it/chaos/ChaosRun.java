package io.millrace.it.chaos;

import io.millrace.it.chaos.Disturbance.Kind;
import io.millrace.it.chaos.Load.Judgement;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Jobs run while processes are killed and paused and ways of the network are cut, at moments that the seed decides. When
 * all is mended, every job must have ended once, with the right result.
 */
public final class ChaosRun {
    /** Here a task meets more mishaps in a minute than elsewhere in a year. */
    private static final Map<String, String> MANY_ATTEMPTS = Map.of("millrace.orchestrator.max-attempts", "1000");

    private static final Cluster.Shape SHAPE = new Cluster.Shape(3, 2, 3, MANY_ATTEMPTS, false);

    private final long seed;
    private final int count;
    private final Path folder;
    private final ScheduledExecutorService mender = Executors.newSingleThreadScheduledExecutor();
    private final Set<String> struck = ConcurrentHashMap.newKeySet();
    private final Map<Instant, String> moments = new HashMap<>();

    /**
     * @param count how many disturbances
     * @param folder for everything that is kept; what the processes say is in its {@code logs}
     */
    public ChaosRun(long seed, int count, Path folder) {
        this.seed = seed;
        this.count = count;
        this.folder = folder;
    }

    /**
     * What came of it.
     *
     * @param summary for people: counts, and recovery times by sort of disturbance
     */
    public record Result(int disturbances, Judgement judgement, String summary) {}

    /** Arguments: number of disturbances, folder, and the seed; without one a new one is drawn. */
    public static void main(String[] args) throws Exception {
        long seed = args.length > 2 ? Long.parseLong(args[2]) : System.nanoTime();
        Result result = new ChaosRun(seed, Integer.parseInt(args[0]), Path.of(args[1])).run();
        System.out.println(result.summary());
        System.exit(result.judgement().clean() ? 0 : 1);
    }

    /** Starts everything, disturbs it, and judges. */
    public Result run() throws Exception {
        System.out.println("Chaos with seed " + seed);
        try (Cluster cluster = new Cluster(SHAPE, folder)) {
            cluster.start();
            try (Load load = Load.on(cluster)) {
                disturb(cluster);
                Judgement judgement = load.judge();
                return new Result(moments.size(), judgement, summary(judgement, cluster.revived()));
            }
        } finally {
            mender.shutdownNow();
        }
    }

    private void disturb(Cluster cluster) throws InterruptedException {
        Map<String, List<Kind>> kinds = new HashMap<>();
        cluster.victims().forEach((name, victim) -> kinds.put(name, victim.kinds()));
        for (Disturbance next : Disturbance.plan(seed, count, kinds)) {
            Thread.sleep(next.after().toMillis());
            while (!free(next.victim())) {
                Thread.sleep(50);
            }
            strike(cluster.victims().get(next.victim()), next);
        }
        while (!struck.isEmpty()) {
            Thread.sleep(50);
        }
    }

    /** One broker at a time: two of three that are gone are no mishap, but the end of the cluster. */
    private boolean free(String victim) {
        return !struck.contains(victim)
                && !(victim.startsWith("broker") && struck.stream().anyMatch(other -> other.startsWith("broker")));
    }

    private void strike(Victim victim, Disturbance disturbance) {
        struck.add(disturbance.victim());
        moments.put(Instant.now(), disturbance.sort());
        System.out.printf(
                Locale.ROOT,
                "%tT %s %s for %.1f s%n",
                System.currentTimeMillis(),
                disturbance.kind(),
                disturbance.victim(),
                disturbance.length().toMillis() / 1000.0);
        try {
            victim.strike(disturbance.kind());
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        mender.schedule(
                () -> {
                    victim.mend(disturbance.kind());
                    return struck.remove(disturbance.victim());
                },
                disturbance.length().toMillis(),
                TimeUnit.MILLISECONDS);
    }

    private String summary(Judgement judgement, int revived) {
        moments.forEach((at, sort) -> judgement.recovery().add(sort, at));
        return "seed %d: %d disturbances, %d processes ended by themselves%n%s%n%s"
                .formatted(
                        seed,
                        moments.size(),
                        revived,
                        judgement,
                        judgement.recovery().table());
    }
}
