package io.millrace.pruning;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.task.Progress;
import io.millrace.data.Batches;
import io.millrace.inference.SessionOptions;
import io.millrace.inference.sensitivity.OutputDivergence;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.output.ModelOutput;
import io.millrace.selection.CompressionFindings;
import io.millrace.worker.StageException;
import io.millrace.worker.Workbench;
import java.util.List;
import java.util.Map;

/** A model that was pruned: compared with the original, and fitted to it where that brings its outputs nearer. */
final class PrunedModel {
    private final OnnxModel original;
    private final OnnxModel pruned;
    private final List<ModelOutput> outputs;
    private final Batches batches;
    private final SessionOptions options;
    private final Workbench bench;

    /**
     * @param outputs what the original's outputs hold
     * @param batches a draw of calibration samples
     */
    PrunedModel(
            OnnxModel original,
            OnnxModel pruned,
            List<ModelOutput> outputs,
            Batches batches,
            SessionOptions options,
            Workbench bench) {
        this.original = original;
        this.pruned = pruned;
        this.outputs = outputs;
        this.batches = batches;
        this.options = options;
        this.bench = bench;
    }

    /**
     * As it is, compared with the original.
     *
     * @param entry the model's own in the findings
     */
    OnnxModel compared(CompressionFindings findings, ObjectNode entry) {
        ReferenceOutputs reference = new ReferenceOutputs(original, outputs, batches, options, this::comparing);
        findings.compared(entry, "", reference.divergence(pruned, this::comparing));
        return pruned;
    }

    /** With its layers fitted, if that brings its outputs nearer on samples that nothing was fitted to; else as it is. */
    OnnxModel reconstructed(Map<ChannelGroup, int[]> removed, CompressionFindings findings, ObjectNode entry) {
        if (!Aside.possible(batches)) {
            findings.note("not reconstructed: of %d calibration samples none can be kept aside to judge it by"
                    .formatted(batches.samples()));
            return compared(findings, entry);
        }
        OnnxModel fitted = pruned.copy();
        fit(new Reconstruction(original, removed, options, bench.seed()), fitted, findings);
        ReferenceOutputs reference =
                new ReferenceOutputs(original, outputs, Aside.of(batches), options, this::comparing);
        OutputDivergence before = reference.divergence(pruned, this::comparing);
        OutputDivergence after = reference.divergence(fitted, this::comparing);
        findings.compared(entry, "", before);
        findings.compared(entry, "reconstructed-", after);
        if (after.measured() && after.loss() <= before.loss()) {
            return fitted;
        }
        findings.note("reconstruction made the outputs worse and was dropped; more calibration data may help");
        return pruned;
    }

    private void comparing() {
        bench.progress(Progress.of("comparing outputs", 0, 0));
    }

    private void fit(Reconstruction reconstruction, OnnxModel fitted, CompressionFindings findings) {
        long total = (long) reconstruction.layers().size() * batches.count();
        long[] done = {0};
        for (Node layer : reconstruction.layers()) {
            ObjectNode entry = findings.list("reconstruction").addObject().put("name", layer.label());
            Runnable step = () -> bench.progress(Progress.of("fitting layer " + layer.label(), ++done[0], total));
            try {
                Reconstruction.Fit fit = reconstruction.fit(fitted, layer, batches, step);
                if (fit.obstacle() == null) {
                    entry.put("error-before", CompressionFindings.rounded(fit.errorBefore()))
                            .put("error-after", CompressionFindings.rounded(fit.errorAfter()));
                    findings.weights(entry, layer.label(), fit.sizeBefore(), fit.sizeAfter());
                } else {
                    entry.put("declined", fit.obstacle());
                }
            } catch (RuntimeException e) {
                throw StageException.in("layer " + layer.label(), e);
            }
        }
    }
}
