package io.millrace.standalone.prove;

import io.millrace.inference.InferenceException;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.RandomInputs;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.ChannelGroups;
import io.millrace.onnx.channels.ChannelProof;
import io.millrace.onnx.cost.AssumedSizes;
import io.millrace.onnx.rewrite.BatchNormFolding;
import io.millrace.onnx.shape.Shapes;
import io.millrace.svd.split.SplitLayer;
import io.millrace.svd.split.SplitLayers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/**
 * Shows on a user's own network that surgery does not break it: each channel group is cut, each layer split at full
 * rank, all batch normalisations folded, and every result run through ONNX Runtime on random input beside what it must
 * equal.
 */
public final class Proof {
    /** A decomposition adds the rounding of its factors. */
    private static final double SPLIT_TOLERANCE = 1e-4;

    private static final Duration CALL_LIMIT = Duration.ofSeconds(30);

    private final OnnxModel model;
    private final SessionOptions options;
    private final double rounding;
    private final List<Check> checks = Collections.synchronizedList(new ArrayList<>());
    private Map<String, Tensor> inputs;
    private Map<String, Tensor> expected;

    private Proof(OnnxModel model, Duration limit) {
        this.model = model;
        this.rounding = rounding(model);
        this.options = SessionOptions.threads(Runtime.getRuntime().availableProcessors())
                .withLevel(SessionOptions.Level.BASIC)
                .withLimit(limit.compareTo(CALL_LIMIT) < 0 ? limit : CALL_LIMIT);
    }

    /**
     * Runs every check. What is not reached within the limit is told by a last check that does not hold; ONNX Runtime
     * may then be left at work on a thread that does not keep the process alive.
     *
     * @throws InferenceException if the network itself does not run
     */
    public static List<Check> of(OnnxModel model, Duration limit) {
        Proof proof = new Proof(model, limit);
        FutureTask<Void> work = new FutureTask<>(proof::run, null);
        Thread thread = new Thread(work, "millrace-proof");
        thread.setDaemon(true);
        thread.start();
        try {
            work.get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return proof.checks;
        } catch (TimeoutException e) {
            work.cancel(true);
            List<Check> reached = new ArrayList<>(proof.checks);
            reached.add(failed("rest", "all further checks", "not reached within " + limit.toSeconds() + " s"));
            return reached;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InferenceException("interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error error) {
                throw error;
            }
            throw (RuntimeException) e.getCause();
        }
    }

    private void run() {
        runOriginal();
        for (ChannelGroup group : ChannelGroups.of(model).groups()) {
            cut(group);
        }
        SplitLayers.of(model).layers().forEach(this::split);
        if (model.graph().nodes().stream().anyMatch(n -> n.is("BatchNormalization"))) {
            fold();
        }
    }

    /** Two samples show more than one; some networks take one only, though they leave their first dimension open. */
    private void runOriginal() {
        Shapes declared = Shapes.infer(model);
        try {
            runOriginal(declared, 2);
        } catch (InferenceException.TimedOut e) {
            throw e;
        } catch (InferenceException e) {
            runOriginal(declared, 1);
        }
    }

    private void runOriginal(Shapes declared, int batch) {
        inputs = RandomInputs.of(model, AssumedSizes.of(model.graph(), declared, batch), batch, 1);
        expected = run(model);
    }

    private void cut(ChannelGroup group) {
        String subject = group.id() + ", of " + group.size();
        try {
            ChannelProof.Trial trial = ChannelProof.weakestHalf(model, group);
            if (trial.removed().length > 0) {
                subject = "%s: %d of %d".formatted(group.id(), trial.removed().length, group.size());
                compare(
                        "cut",
                        subject,
                        ChannelProof.TOLERANCE,
                        () -> run(trial.zeroed()),
                        () -> run(trial.cut()));
            }
        } catch (RuntimeException e) {
            checks.add(failed("cut", subject, e.toString()));
        }
    }

    private void split(SplitLayer layer) {
        String subject = "%s: rank %d".formatted(layer.name(), layer.maxRank());
        compare("split", subject, SPLIT_TOLERANCE, () -> expected, () -> {
            OnnxModel copy = model.copy();
            layer.split(copy.graph(), layer.maxRank());
            return run(copy);
        });
    }

    private void fold() {
        OnnxModel copy = model.copy();
        BatchNormFolding.Report report = BatchNormFolding.fold(copy);
        String subject = "%d batch normalisations, %d left"
                .formatted(report.folded().size(), report.declined().size());
        compare("fold", subject, SPLIT_TOLERANCE, () -> expected, () -> run(copy));
    }

    private Map<String, Tensor> run(OnnxModel network) {
        try (OnnxSession session = OnnxSession.open(network, options)) {
            return session.run(inputs);
        }
    }

    private void compare(
            String verb,
            String subject,
            double tolerance,
            Supplier<Map<String, Tensor>> wanted,
            Supplier<Map<String, Tensor>> given) {
        try {
            double difference = ChannelProof.difference(wanted.get(), given.get());
            checks.add(new Check(verb, subject, difference, Math.max(tolerance, rounding), null));
        } catch (InferenceException e) {
            checks.add(failed(verb, subject, e.getMessage()));
        } catch (RuntimeException e) {
            checks.add(failed(verb, subject, e.toString()));
        }
    }

    private static Check failed(String verb, String subject, String trouble) {
        return new Check(verb, subject, Double.NaN, 0, trouble);
    }

    /** What rounding explains in the coarsest type the network stores: half precision has 11 bits, bfloat16 has 8. */
    private static double rounding(OnnxModel model) {
        return model.graph().initializers().values().stream()
                .mapToDouble(
                        t -> switch (t.type()) {
                            case BFLOAT16 -> 5e-2;
                            case FLOAT16 -> 1e-2;
                            default -> 0;
                        })
                .max()
                .orElse(0);
    }
}
