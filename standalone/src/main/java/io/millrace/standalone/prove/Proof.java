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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
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

    /**
     * Some networks answer the rounding of their input with more than that: then a transformation is given what the
     * same output does when the input is moved by a few roundings, times a factor, up to a bound.
     */
    private static final double NUDGE = 1e-6;

    private static final double NOISE_FACTOR = 8;
    private static final double LARGEST_NOISE = 0.05;

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
                .withLimit(limit.compareTo(CALL_LIMIT.multipliedBy(2)) < 0 ? limit.dividedBy(2) : CALL_LIMIT);
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
        check("cut", group.id() + ", of " + group.size(), ChannelProof.TOLERANCE, () -> {
            ChannelProof.Trial trial = ChannelProof.weakestHalf(model, group);
            String subject = "%s: %d of %d".formatted(group.id(), trial.removed().length, group.size());
            return new Trial(subject, trial.zeroed(), trial.cut());
        });
    }

    private void split(SplitLayer layer) {
        String subject = "%s: rank %d".formatted(layer.name(), layer.maxRank());
        check("split", subject, SPLIT_TOLERANCE, () -> {
            OnnxModel copy = model.copy();
            layer.split(copy.graph(), layer.maxRank());
            return new Trial(subject, model, copy);
        });
    }

    private void fold() {
        check("fold", "batch normalisations", SPLIT_TOLERANCE, () -> {
            OnnxModel copy = model.copy();
            BatchNormFolding.Report report = BatchNormFolding.fold(copy);
            String subject = "%d batch normalisations, %d left"
                    .formatted(report.folded().size(), report.declined().size());
            return new Trial(subject, model, copy);
        });
    }

    /** A transformed network, and the one it must equal. */
    private record Trial(String subject, OnnxModel wanted, OnnxModel given) {}

    private void check(String verb, String subject, double tolerance, Supplier<Trial> transformation) {
        try {
            checks.add(compared(verb, Math.max(tolerance, rounding), transformation.get()));
        } catch (InferenceException e) {
            checks.add(failed(verb, subject, e.getMessage()));
        } catch (RuntimeException e) {
            checks.add(failed(verb, subject, e.toString()));
        }
    }

    /** Judged by the output that is furthest from what it may be. */
    private Check compared(String verb, double tolerance, Trial trial) {
        Map<String, Tensor> wanted = trial.wanted() == model ? expected : run(trial.wanted(), inputs);
        Map<String, Double> differences = differences(wanted, run(trial.given(), inputs));
        double largest = Collections.max(differences.values());
        if (largest <= tolerance) {
            return new Check(verb, trial.subject(), largest, tolerance, null);
        }
        Map<String, Double> noise = differences(wanted, run(trial.wanted(), nudged()));
        String worst = null;
        double allowed = 0;
        for (Map.Entry<String, Double> output : differences.entrySet()) {
            double explained = Math.max(tolerance, Math.min(LARGEST_NOISE, NOISE_FACTOR * noise.get(output.getKey())));
            if (worst == null || output.getValue() / explained > differences.get(worst) / allowed) {
                worst = output.getKey();
                allowed = explained;
            }
        }
        return new Check(verb, trial.subject(), differences.get(worst), allowed, null);
    }

    private static Map<String, Double> differences(Map<String, Tensor> wanted, Map<String, Tensor> given) {
        Map<String, Double> differences = new LinkedHashMap<>();
        wanted.forEach((name, value) -> differences.put(
                name, ChannelProof.difference(Map.of(name, value), Collections.singletonMap(name, given.get(name)))));
        return differences;
    }

    /** The inputs, each value moved by about a millionth: what rounding does to them. */
    private Map<String, Tensor> nudged() {
        Random random = new Random(2);
        Map<String, Tensor> nudged = new LinkedHashMap<>(inputs);
        nudged.replaceAll((name, value) -> {
            if (!value.type().isFloatingPoint()) {
                return value;
            }
            float[] values = value.floats();
            for (int i = 0; i < values.length; i++) {
                values[i] *= 1 + (float) (NUDGE * random.nextGaussian());
            }
            return Tensor.ofFloats(values, value.dims()).as(value.type());
        });
        return nudged;
    }

    private Map<String, Tensor> run(OnnxModel network, Map<String, Tensor> values) {
        try (OnnxSession session = OnnxSession.open(network, options)) {
            return session.run(values);
        }
    }

    private static Check failed(String verb, String subject, String trouble) {
        return new Check(verb, subject, Double.NaN, 0, trouble);
    }

    /** What rounding explains in the coarsest type the network stores: half precision has 11 bits, bfloat16 has 8. */
    private static double rounding(OnnxModel model) {
        return model.graph().initializers().values().stream()
                .mapToDouble(t -> switch (t.type()) {
                    case BFLOAT16 -> 5e-2;
                    case FLOAT16 -> 1e-2;
                    default -> 0;
                })
                .max()
                .orElse(0);
    }
}
