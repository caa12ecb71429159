package io.millrace.orchestrator.stream;

import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.State;
import io.millrace.contracts.task.Outcome;
import io.millrace.orchestrator.process.JobState;
import io.millrace.orchestrator.process.OpenFork;
import io.millrace.orchestrator.process.OpenTask;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.state.KeyValueBytesStoreSupplier;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/**
 * The jobs of one partition. Those that run are held in memory; what changes is written to changelogged stores, part by
 * part: head, tasks, forks, results of their parts, candidates. Heartbeats are not written at all: after a restart every
 * lease begins anew.
 */
final class JobStore {
    static final String HEADS = "jobs";

    private static final String TASKS = "job-tasks";
    private static final String FORKS = "job-forks";
    private static final String RESULTS = "job-fork-results";
    private static final String CANDIDATES = "job-candidates";

    private final KeyValueStore<String, JobState> heads;
    private final Entries<OpenTask> tasks;
    private final Entries<OpenFork> forks;
    private final Entries<Outcome.Result> results;
    private final Entries<Candidate> candidates;
    private final Map<String, JobState> running = new HashMap<>();

    JobStore(ProcessorContext<?, ?> context) {
        heads = context.getStateStore(HEADS);
        tasks = new Entries<>(context.getStateStore(TASKS), OpenTask::sameButForHeartbeats);
        forks = new Entries<>(context.getStateStore(FORKS), OpenFork::equals);
        results = new Entries<>(context.getStateStore(RESULTS), Outcome.Result::equals);
        candidates = new Entries<>(context.getStateStore(CANDIDATES), Candidate::equals);
    }

    /** @param kind of the stores, by name */
    static List<StoreBuilder<?>> builders(Function<String, KeyValueBytesStoreSupplier> kind) {
        return List.of(
                builder(kind.apply(HEADS), JobState.class),
                builder(kind.apply(TASKS), OpenTask.class),
                builder(kind.apply(FORKS), OpenFork.class),
                builder(kind.apply(RESULTS), Outcome.Result.class),
                builder(kind.apply(CANDIDATES), Candidate.class));
    }

    /** Reads the jobs that run; their leases end no sooner than {@code leaseEnd}. */
    void load(Instant leaseEnd) {
        try (var all = heads.all()) {
            all.forEachRemaining(entry -> {
                if (!entry.value.isEnded()) {
                    running.put(entry.key, whole(entry.value, leaseEnd));
                }
            });
        }
    }

    /** Those that run. */
    Collection<JobState> running() {
        return List.copyOf(running.values());
    }

    /** A job that runs, or what is kept of one that has ended; {@code null} if there is no such job. */
    JobState get(String jobId) {
        JobState state = running.get(jobId);
        return state == null ? heads.get(jobId) : state;
    }

    void put(JobState state) {
        String jobId = state.jobId();
        JobState before = running.get(jobId);
        if (state.isEnded()) {
            running.remove(jobId);
            List.of(tasks, forks, results, candidates).forEach(entries -> entries.clear(jobId));
            heads.put(jobId, state.remains());
            return;
        }
        running.put(jobId, state);
        tasks.save(jobId, before == null ? Map.of() : before.tasks(), state.tasks());
        Map<String, OpenFork> forksBefore = before == null ? Map.of() : before.forks();
        save(jobId, forksBefore, state.forks());
        candidates.save(jobId, byId(before == null ? List.of() : before.candidates()), byId(state.candidates()));
        JobState head = state.head();
        if (before == null || !before.head().equals(head)) {
            heads.put(jobId, head);
        }
    }

    /** Forgets jobs that ended before this; tells which. */
    void forget(Instant endedBefore, Consumer<String> forgotten) {
        List<String> old = new ArrayList<>();
        try (var all = heads.all()) {
            all.forEachRemaining(entry -> {
                if (entry.value.isEnded() && entry.value.end().at().isBefore(endedBefore)) {
                    old.add(entry.key);
                }
            });
        }
        old.forEach(jobId -> {
            heads.delete(jobId);
            forgotten.accept(jobId);
        });
    }

    private JobState whole(JobState head, Instant leaseEnd) {
        Map<String, OpenTask> itsTasks = new LinkedHashMap<>();
        tasks.each(
                head.jobId(),
                (id, task) -> itsTasks.put(id, task.state() == State.RUNNING ? task.leasedUntil(leaseEnd) : task));
        Map<String, OpenFork> itsForks = new LinkedHashMap<>();
        forks.each(head.jobId(), itsForks::put);
        results.each(head.jobId(), (name, result) -> {
            int slash = name.indexOf('/');
            itsForks.computeIfPresent(
                    name.substring(0, slash),
                    (id, fork) -> fork.with(Integer.parseInt(name.substring(slash + 1)), result));
        });
        List<Candidate> made = new ArrayList<>();
        candidates.each(head.jobId(), (id, candidate) -> made.add(candidate));
        made.sort(Comparator.comparingInt(Candidate::round).thenComparingInt(JobStore::number));
        return head.with(itsTasks, itsForks, made);
    }

    /** The second in {@code 1-2}. */
    private static int number(Candidate candidate) {
        return Integer.parseInt(candidate.id().substring(candidate.id().indexOf('-') + 1));
    }

    private static Map<String, Candidate> byId(List<Candidate> all) {
        return all.stream().collect(Collectors.toMap(Candidate::id, Function.identity()));
    }

    /** A fork stays as it is but for the results of its parts, which come one by one. */
    private void save(String jobId, Map<String, OpenFork> before, Map<String, OpenFork> after) {
        after.forEach((id, fork) -> {
            OpenFork old = before.get(id);
            if (old == null) {
                forks.put(jobId, id, fork.withoutResults());
            }
            for (int i = 0; fork != old && i < fork.results().size(); i++) {
                if (fork.results().get(i) != null
                        && (old == null || old.results().get(i) == null)) {
                    results.put(jobId, id + "/" + i, fork.results().get(i));
                }
            }
        });
        before.forEach((id, fork) -> {
            if (!after.containsKey(id)) {
                forks.delete(jobId, id);
                for (int i = 0; i < fork.results().size(); i++) {
                    results.delete(jobId, id + "/" + i);
                }
            }
        });
    }

    private static <T> StoreBuilder<KeyValueStore<String, T>> builder(
            KeyValueBytesStoreSupplier supplier, Class<T> type) {
        return Stores.keyValueStoreBuilder(supplier, Serdes.String(), JsonSerde.of(type));
    }
}
