package io.millrace.inference.sensitivity;

import io.millrace.inference.OnnxSession;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.ModelOutput;
import io.millrace.onnx.rewrite.Suffix;
import io.millrace.onnx.rewrite.Taps;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Measures what several variants of one layer, or of layers that change together, do to a network's answer. For each batch the network runs once; the
 * variants share the tensors that cross the cut before the layer, and only the part behind it runs for each. Memory: one
 * batch of those tensors, and the part behind the layer once for each variant.
 */
public final class VariantProbe implements AutoCloseable {
    private final OnnxSession whole;
    private final Set<String> crossing;
    private final List<OnnxSession> variants = new ArrayList<>();
    private final List<OutputDivergence> divergences = new ArrayList<>();

    /**
     * @param outputs what the model's outputs hold
     * @param layers nodes of the model
     * @param changes each puts one variant in the place of the layers, in the graph it is given
     */
    public VariantProbe(
            OnnxModel model,
            List<ModelOutput> outputs,
            List<Node> layers,
            List<? extends Consumer<Graph>> changes,
            SessionOptions options) {
        Suffix suffix = Suffix.behind(model, layers);
        this.crossing = suffix.inputs().stream()
                .filter(value -> model.graph().producer(value) != null)
                .collect(Collectors.toUnmodifiableSet());
        this.whole = OnnxSession.open(Taps.expose(model, crossing), options);
        try {
            for (Consumer<Graph> change : changes) {
                OnnxModel variant = suffix.model().copy();
                change.accept(variant.graph());
                variants.add(OnnxSession.open(variant, options));
                divergences.add(new OutputDivergence(outputs));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Takes in one batch, given by the names of the network's inputs. */
    public void add(Map<String, Tensor> inputs) {
        Map<String, Tensor> outputs = whole.run(inputs);
        Map<String, Tensor> given = new HashMap<>(inputs);
        given.putAll(outputs);
        for (int i = 0; i < variants.size(); i++) {
            divergences.get(i).add(outputs, variants.get(i).run(given));
        }
    }

    /** How far each variant's outputs were from the network's own, over all batches so far. */
    public List<OutputDivergence> divergences() {
        return List.copyOf(divergences);
    }

    @Override
    public void close() {
        variants.forEach(OnnxSession::close);
        whole.close();
    }
}
