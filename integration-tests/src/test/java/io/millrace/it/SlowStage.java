package io.millrace.it;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.millrace.artifacts.ArtifactCache;
import io.millrace.artifacts.ObjectStore;
import io.millrace.artifacts.StoreSettings;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.Part;
import io.millrace.contracts.task.Progress;
import io.millrace.contracts.task.Task;
import io.millrace.worker.Stage;
import io.millrace.worker.Workbench;
import io.millrace.worker.kafka.KafkaConnection;
import io.millrace.worker.run.Workers;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A stage outside the built-in ones, as a program of its own: spreads its work over four slow parts, and joins them to
 * a copy of the model.
 */
public final class SlowStage implements Stage {
    static final String NAME = "slow";
    static final int PARTS = 4;
    private static final int STEPS = 15;
    private static final long STEP_MILLIS = 200;

    /** Arguments: worker's name, bootstrap servers, store's endpoint, access key, secret key, bucket, folder. */
    public static void main(String[] args) throws InterruptedException {
        ObjectStore store =
                new ObjectStore(new StoreSettings(URI.create(args[2]), args[3], args[4], "us-east-1", Set.of(args[5])));
        Workers workers = new Workers(
                new Workers.Settings(
                        args[0], args[5], 1, Duration.ofSeconds(2), Duration.ofSeconds(15), Duration.ofSeconds(2)),
                KafkaConnection.to(args[1]),
                store,
                new ArtifactCache(store, Path.of(args[6]), 1 << 30),
                new SimpleMeterRegistry());
        workers.start(List.of(new SlowStage()));
        Thread.currentThread().join();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public Set<String> actions() {
        return Set.of("run", "part", "join");
    }

    @Override
    public Outcome run(Task task, Workbench bench) throws IOException, InterruptedException {
        return switch (task.action()) {
            case "run" ->
                new Outcome.Fork(
                        IntStream.rangeClosed(1, PARTS)
                                .mapToObj(i -> new Part(
                                        "part " + i, "part", parameters().put("number", i)))
                                .toList(),
                        new Part("join", "join", parameters()));
            case "part" -> part(task, bench);
            default -> join(task, bench);
        };
    }

    private static Outcome part(Task task, Workbench bench) throws InterruptedException {
        for (int step = 0; step < STEPS; step++) {
            bench.progress(Progress.of("working slowly", step, STEPS));
            Thread.sleep(STEP_MILLIS);
        }
        return Outcome.Result.ofFindings(
                parameters().put("number", task.parameters().get("number").asInt()));
    }

    private static Outcome join(Task task, Workbench bench) throws IOException {
        ObjectNode findings = parameters();
        task.joined().forEach(result -> findings.withArray("joined")
                .add(result.findings().get("number")));
        return Outcome.Result.ofModels(
                List.of(bench.storeModel("copy.onnx", "a copy", bench.model("model"), parameters())), findings);
    }

    private static ObjectNode parameters() {
        return JsonNodeFactory.instance.objectNode();
    }
}
