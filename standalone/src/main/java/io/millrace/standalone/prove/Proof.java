package io.millrace.standalone.prove;

import io.millrace.inference.InferenceException;
import io.millrace.inference.NoiseFloor;
import io.millrace.inference.OnnxSession;
import io.millrace.inference.RandomInputs;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.ChannelGroups;
import io.millrace.onnx.channels.ChannelProof;
import io.millrace.onnx.cost.AssumedSizes;
import io.millrace.onnx.output.OutputDifference;
import io.millrace.onnx.output.Tolerance;
import io.millrace.onnx.rewrite.BatchNormFolding;
import io.millrace.onnx.rewrite.Unsharing;
import io.millrace.onnx.shape.Shapes;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.SplittableLayers;
import io.millrace.svd.spatial.SpatialSvd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
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
    private static final Duration CALL_LIMIT = Duration.ofSeconds(30);

    private final OnnxModel model;
    private final SessionOptions options;
    private final Tolerance rounding;
    private final List<Check> checks = Collections.synchronizedList(new ArrayList<>());
    private Map<String, Tensor> inputs;
    private Map<String, Tensor> expected;

    private Proof(OnnxModel model, Duration limit) {
        this.model = model;
        this.rounding = Tolerance.of(model);
        this.options = SessionOptions.threads(Runtime.getRuntime().availableProcessors())
                .withLevel(SessionOptions.Level.BASIC)
                .withLimit(limit.compareTo(CALL_LIMIT.multipliedBy(2)) < 0 ? limit.dividedBy(2) : CALL_LIMIT);
    }

    /**
     * Runs every check. What is not reached within the limit is told by a last check that does not hold; ONNX Runtime
     * may then be left at work on a thread that does not keep the process alive.
     *
     * @throws InferenceException if the network itself does not run
     */
    public static List<Check> of(OnnxModel model, Duration limit) {
        OnnxModel free = model.copy();
        Unsharing.unshare(free);
        Proof proof = new Proof(free, limit);
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
        SplittableLayers.of(model).layers().forEach(this::split);
        if (model.graph().nodes().stream().anyMatch(n -> n.is("BatchNormalization"))) {
            fold();
        }
    }

    /**
     * Two samples show more than one; some networks take one only, or a single step, where they leave a dimension open.
     */
    private void runOriginal() {
        Shapes declared = Shapes.infer(model);
        List<Supplier<Map<String, Tensor>>> trials = List.of(
                () -> RandomInputs.of(model, AssumedSizes.of(model.graph(), declared, 2), 2, 1),
                () -> RandomInputs.of(model, AssumedSizes.of(model.graph(), declared, 1), 1, 1),
                () -> RandomInputs.of(model, 1, 1));
        InferenceException first = null;
        for (Supplier<Map<String, Tensor>> trial : trials) {
            try {
                inputs = trial.get();
                expected = run(model, inputs);
                return;
            } catch (InferenceException.TimedOut e) {
                throw e;
            } catch (InferenceException e) {
                first = first == null ? e : first;
            }
        }
        throw first;
    }

    private void cut(ChannelGroup group) {
        check("cut", group.id() + ", of " + group.size(), rounding, () -> {
            ChannelProof.Trial trial = ChannelProof.weakestHalf(model, group);
            String subject = "%s: %d of %d".formatted(group.id(), trial.removed().length, group.size());
            return new Trial(subject, trial.zeroed(), trial.cut());
        });
    }

    private void split(Layer layer) {
        int full = SpatialSvd.pair(layer).maxRank();
        String subject = "%s: rank %d".formatted(layer.name(), full);
        check("split", subject, rounding.forNewWeights(), () -> {
            OnnxModel copy = model.copy();
            SpatialSvd.split(copy.graph(), layer, full);
            return new Trial(subject, model, copy);
        });
    }

    private void fold() {
        check("fold", "batch normalisations", rounding.forNewWeights(), () -> {
            OnnxModel copy = model.copy();
            BatchNormFolding.Report report = BatchNormFolding.fold(copy);
            String subject = "%d batch normalisations, %d left"
                    .formatted(report.folded().size(), report.declined().size());
            return new Trial(subject, model, copy);
        });
    }

    /** A transformed network, and the one it must equal. */
    private record Trial(String subject, OnnxModel wanted, OnnxModel given) {}

    private void check(String verb, String subject, Tolerance tolerance, Supplier<Trial> transformation) {
        try {
            checks.add(compared(verb, tolerance, transformation.get()));
        } catch (InferenceException e) {
            checks.add(failed(verb, subject, e.getMessage()));
        } catch (RuntimeException e) {
            checks.add(failed(verb, subject, e.toString()));
        }
    }

    /** Judged by the output that is furthest from what it may be. */
    private Check compared(String verb, Tolerance tolerance, Trial trial) {
        Map<String, Tensor> wanted = trial.wanted() == model ? expected : run(trial.wanted(), inputs);
        OutputDifference difference = OutputDifference.between(wanted, run(trial.given(), inputs));
        Tolerance explained = difference.beyond(tolerance).isEmpty()
                ? tolerance
                : tolerance.with(NoiseFloor.of(trial.wanted(), inputs, options));
        OutputDifference.Entry worst = difference.entries().stream()
                .max(Comparator.comparingDouble(
                        e -> e.relative() == 0 ? 0 : e.relative() / explained.of(e.output(), e.type())))
                .orElseThrow();
        return new Check(verb, trial.subject(), worst.relative(), explained.of(worst.output(), worst.type()), null);
    }

    private Map<String, Tensor> run(OnnxModel network, Map<String, Tensor> values) {
        try (OnnxSession session = OnnxSession.open(network, options)) {
            return session.run(values);
        }
    }

    private static Check failed(String verb, String subject, String trouble) {
        return new Check(verb, subject, Double.NaN, 0, trouble);
    }
}
