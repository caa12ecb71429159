package io.millrace.it.chaos;

import io.millrace.artifacts.ObjectStore;
import io.millrace.artifacts.Sha256;
import io.millrace.contracts.TopicSettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;

/** Jobs on a cluster, and everything that is said of them; in the end it is judged whether each ended as it must. */
public final class Load implements AutoCloseable {
    private static final Duration READY = Duration.ofSeconds(180);
    private static final Duration PATIENCE = Duration.ofSeconds(150);
    private static final int FIRST = 6;
    private static final byte[] MODEL = "no network, but content".getBytes(StandardCharsets.UTF_8);

    private final Jobs jobs;
    private final EventLog log;

    private Load(Jobs jobs, EventLog log) {
        this.jobs = jobs;
        this.log = log;
    }

    /** Waits until the cluster is up and its topics are made, and returns when the first jobs have ended. */
    public static Load on(Cluster cluster) throws IOException, InterruptedException {
        until("the topics are made", READY, () -> topicsAreThere(cluster));
        upload(cluster);
        Jobs jobs = new Jobs(cluster.orchestrators(), cluster.bootstrapServers());
        Load load = new Load(jobs, new EventLog(cluster.bootstrapServers(), jobs::heard));
        jobs.start();
        until("the first jobs end", READY, () -> jobs.ended() >= FIRST);
        return load;
    }

    /** How many jobs have ended so far. */
    public int ended() {
        return jobs.ended();
    }

    /** Submits no more, waits until all that were submitted have ended, and judges. */
    public Judgement judge() throws InterruptedException {
        jobs.stop();
        long limit = System.nanoTime() + PATIENCE.toNanos();
        while (!jobs.open().isEmpty() && System.nanoTime() < limit) {
            Thread.sleep(100);
        }
        // Whatever is said a second time is said soon after.
        Thread.sleep(3_000);
        while (!log.caughtUp() && System.nanoTime() < limit) {
            Thread.sleep(100);
        }
        List<String> stuck = jobs.open();
        List<Jobs.Job> ended = jobs.submitted().values().stream()
                .filter(job -> !stuck.contains(job.id()))
                .toList();
        Map<String, String> sums = new HashMap<>();
        ended.forEach(job -> sums.put(job.id(), Sha256.of(CheapStage.result(MODEL, job.number()))));
        return new Judgement(ended.size(), stuck, ChaosVerdict.of(ended, log, sums), new Recovery(log, ended));
    }

    /**
     * What came of the jobs.
     *
     * @param stuck those that had not ended in good time
     */
    public record Judgement(int ended, List<String> stuck, ChaosVerdict verdict, Recovery recovery) {
        public boolean clean() {
            return stuck.isEmpty() && verdict.clean();
        }

        @Override
        public String toString() {
            return "%d jobs ended, %d stuck %s, %s".formatted(ended, stuck.size(), stuck, verdict);
        }
    }

    @Override
    public void close() throws InterruptedException {
        jobs.close();
        log.close();
    }

    private static boolean topicsAreThere(Cluster cluster) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", cluster.bootstrapServers()))) {
            var found = admin.listTopics().names().get(10, TimeUnit.SECONDS);
            return TopicSettings.all().stream().map(TopicSettings::name).allMatch(found::contains);
        }
    }

    private static void upload(Cluster cluster) throws IOException, InterruptedException {
        Path file = Files.write(Files.createTempDirectory("load").resolve("model.onnx"), MODEL);
        try (ObjectStore store = cluster.store()) {
            until("the store answers", READY, () -> {
                store.createBuckets();
                return true;
            });
            store.put("s3://" + Cluster.BUCKET + "/in/model.onnx", file);
            store.put("s3://" + Cluster.BUCKET + "/in/data/000.npz", file);
        }
    }

    static void until(String what, Duration limit, Callable<Boolean> condition) throws InterruptedException {
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
