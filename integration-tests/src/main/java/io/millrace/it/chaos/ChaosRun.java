package io.millrace.it.chaos;

import io.millrace.artifacts.ObjectStore;
import io.millrace.artifacts.Sha256;
import io.millrace.contracts.TopicCreator;
import io.millrace.it.chaos.Disturbance.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Jobs run while processes are killed and paused and ways of the network are cut, at moments that the seed decides. When
 * all is mended, every job must have ended once, with the right result.
 */
public final class ChaosRun {
    private static final Duration READY = Duration.ofSeconds(120);
    private static final Duration PATIENCE = Duration.ofSeconds(120);

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
        this.folder = folder.toAbsolutePath();
    }

    /**
     * What came of it.
     *
     * @param stuck jobs that had not ended in two minutes after everything was mended
     * @param summary for people: counts, and recovery times by sort of disturbance
     */
    public record Result(
            int jobs,
            int disturbances,
            List<String> stuck,
            List<String> lost,
            List<String> doubled,
            List<String> wrong,
            String summary) {
        public boolean clean() {
            return stuck.isEmpty() && lost.isEmpty() && doubled.isEmpty() && wrong.isEmpty();
        }
    }

    /** Arguments: number of disturbances, folder, and the seed; without one a new one is drawn. */
    public static void main(String[] args) throws Exception {
        long seed = args.length > 2 ? Long.parseLong(args[2]) : System.nanoTime();
        Result result = new ChaosRun(seed, Integer.parseInt(args[0]), Path.of(args[1])).run();
        System.out.println(result.summary());
        System.exit(result.clean() ? 0 : 1);
    }

    /** Starts everything, disturbs it, and judges. */
    public Result run() throws Exception {
        System.out.println("Chaos with seed " + seed);
        try (Cluster cluster = new Cluster(folder, folder.resolve("logs"))) {
            cluster.start();
            byte[] model = prepare(cluster);
            try (Jobs jobs = new Jobs(cluster.orchestrators(), cluster.bootstrapServers());
                    EventLog log = new EventLog(cluster.bootstrapServers(), jobs::heard)) {
                jobs.start();
                until("the first jobs end", READY, () -> jobs.submitted().size() > 6);
                disturb(cluster);
                jobs.stop();
                List<String> stuck = awaitEnds(jobs, log);
                return judged(jobs, log, stuck, model, cluster.revived());
            }
        } finally {
            mender.shutdownNow();
        }
    }

    /** Topics and inputs, before anything goes wrong. */
    private static byte[] prepare(Cluster cluster) throws IOException, InterruptedException {
        until("the brokers answer", READY, () -> {
            TopicCreator.createAll(cluster.bootstrapServers());
            return true;
        });
        Path data = Files.createTempDirectory("chaos-input");
        byte[] model = "no network, but content".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        Path file = Files.write(data.resolve("model.onnx"), model);
        try (ObjectStore store = cluster.store()) {
            until("the store answers", READY, () -> {
                store.createBuckets();
                return true;
            });
            store.put("s3://" + Cluster.BUCKET + "/in/model.onnx", file);
            store.put("s3://" + Cluster.BUCKET + "/in/data/000.npz", file);
        }
        return model;
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

    private static List<String> awaitEnds(Jobs jobs, EventLog log) throws InterruptedException {
        long limit = System.nanoTime() + PATIENCE.toNanos();
        while (!jobs.open().isEmpty() && System.nanoTime() < limit) {
            Thread.sleep(100);
        }
        // Whatever is said a second time is said soon after.
        Thread.sleep(3_000);
        while (!log.caughtUp() && System.nanoTime() < limit) {
            Thread.sleep(100);
        }
        return jobs.open();
    }

    private Result judged(Jobs jobs, EventLog log, List<String> stuck, byte[] model, int revived) {
        List<Jobs.Job> ended = jobs.submitted().values().stream()
                .filter(job -> !stuck.contains(job.id()))
                .toList();
        Map<String, String> sums = new HashMap<>();
        ended.forEach(job -> sums.put(job.id(), Sha256.of(CheapStage.result(model, job.number()))));
        Verdict verdict = Verdict.of(ended, log, sums);
        Recovery recovery = new Recovery(log, ended);
        moments.forEach((at, sort) -> recovery.add(sort, at));
        String summary =
                "seed %d: %d disturbances, %d jobs; stuck %d, lost %d, doubled %d, wrong %d; ended by themselves %d%n%s"
                        .formatted(
                                seed,
                                moments.size(),
                                jobs.submitted().size(),
                                stuck.size(),
                                verdict.lost().size(),
                                verdict.doubled().size(),
                                verdict.wrong().size(),
                                revived,
                                recovery.table());
        List<String> faults =
                new ArrayList<>(stuck.stream().map(id -> "stuck: " + id).toList());
        faults.addAll(verdict.lost());
        faults.addAll(verdict.doubled());
        faults.addAll(verdict.wrong());
        return new Result(
                jobs.submitted().size(),
                moments.size(),
                stuck,
                verdict.lost(),
                verdict.doubled(),
                verdict.wrong(),
                summary + String.join(System.lineSeparator(), faults));
    }

    private static void until(String what, Duration limit, Callable<Boolean> condition) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        Exception last = null;
        while (System.nanoTime() < end) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (Exception e) {
                last = e;
            }
            Thread.sleep(100);
        }
        throw new IllegalStateException("Waited in vain until " + what, last);
    }
}
