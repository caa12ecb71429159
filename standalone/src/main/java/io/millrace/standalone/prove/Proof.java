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
import io.millrace.onnx.rewrite.BatchNormFolding;
import io.millrace.svd.split.SplitLayer;
import io.millrace.svd.split.SplitLayers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Shows on a user's own network that surgery does not break it: each channel group is cut, each layer split at full
 * rank, all batch normalisations folded, and every result run through ONNX Runtime on random input beside what it must
 * equal.
 */
public final class Proof {
    private static final SessionOptions SESSION =
            SessionOptions.threads(0).withLevel(SessionOptions.Level.BASIC).withLimit(Duration.ofSeconds(60));
    private static final int BATCH = 2;

    private final OnnxModel model;
    private final Map<String, Tensor> inputs;
    private final Map<String, Tensor> expected;

    private Proof(OnnxModel model) {
        this.model = model;
        this.inputs = RandomInputs.of(model, BATCH, 1);
        this.expected = run(model);
    }

    /**
     * Runs every check.
     *
     * @throws InferenceException if the network itself does not run
     */
    public static List<Check> of(OnnxModel model) {
        Proof proof = new Proof(model);
        List<Check> checks = new ArrayList<>();
        for (ChannelGroup group : ChannelGroups.of(model).groups()) {
            ChannelProof.Trial trial = ChannelProof.weakestHalf(model, group);
            if (trial.removed().length > 0) {
                checks.add(cut(proof, trial));
            }
        }
        for (SplitLayer layer : SplitLayers.of(model).layers()) {
            checks.add(proof.split(layer));
        }
        if (model.graph().nodes().stream().anyMatch(n -> n.is("BatchNormalization"))) {
            checks.add(proof.fold());
        }
        return checks;
    }

    private static Check cut(Proof proof, ChannelProof.Trial trial) {
        String subject = "%s: %d of %d"
                .formatted(
                        trial.group().id(),
                        trial.removed().length,
                        trial.group().size());
        return compare("cut", subject, () -> proof.run(trial.zeroed()), () -> proof.run(trial.cut()));
    }

    private Check split(SplitLayer layer) {
        return compare("split", "%s: rank %d".formatted(layer.name(), layer.maxRank()), () -> expected, () -> {
            OnnxModel copy = model.copy();
            layer.split(copy.graph(), layer.maxRank());
            return run(copy);
        });
    }

    private Check fold() {
        OnnxModel copy = model.copy();
        BatchNormFolding.Report report = BatchNormFolding.fold(copy);
        String subject = "%d batch normalisations, %d left"
                .formatted(report.folded().size(), report.declined().size());
        return compare("fold", subject, () -> expected, () -> run(copy));
    }

    private Map<String, Tensor> run(OnnxModel network) {
        try (OnnxSession session = OnnxSession.open(network, SESSION)) {
            return session.run(inputs);
        }
    }

    private static Check compare(
            String verb, String subject, Supplier<Map<String, Tensor>> expected, Supplier<Map<String, Tensor>> actual) {
        try {
            return new Check(verb, subject, ChannelProof.difference(expected.get(), actual.get()), null);
        } catch (InferenceException e) {
            return new Check(verb, subject, Double.NaN, e.getMessage());
        }
    }
}
