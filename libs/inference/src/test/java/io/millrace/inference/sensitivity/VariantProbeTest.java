package io.millrace.inference.sensitivity;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.data.Batch;
import io.millrace.data.Batches;
import io.millrace.inference.KnownOutputs;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.Graph;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.output.ModelOutput;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Over the example's residual network and its data. */
class VariantProbeTest {
    private static final Path EXAMPLE = Path.of("../../examples/fashion-mnist");
    private static final SessionOptions OPTIONS = SessionOptions.threads(1);

    private final OnnxModel model = OnnxModel.read(EXAMPLE.resolve("model.onnx"));

    private final List<ModelOutput> outputs = KnownOutputs.of(model, EXAMPLE.resolve("data/validation"), Map.of());

    /** The layer with all its weights times a factor. */
    private static Consumer<Graph> scaled(Node layer, float factor) {
        return graph -> {
            Tensor weight = graph.initializer(layer.input(1));
            float[] values = weight.floats();
            for (int i = 0; i < values.length; i++) {
                values[i] *= factor;
            }
            graph.setInitializer(layer.input(1), Tensor.ofFloats(values, weight.dims()));
        };
    }

    @Test
    void everyVariantIsAsFarFromTheNetworkAsTheWholeChangedNetworkIs() {
        // given
        List<Node> layers = model.graph().nodes().stream()
                .filter(node -> node.is("Conv", "Gemm"))
                .toList();
        assertThat(layers).hasSizeGreaterThan(8);
        try (Batches batches = Samples.of(EXAMPLE.resolve("data/validation"), model, 24, 1)) {
            for (Node layer : layers) {
                List<Consumer<Graph>> changes = List.of(graph -> {}, scaled(layer, 0.8f));

                // when
                List<OutputDivergence> divergences;
                try (VariantProbe probe = new VariantProbe(model, outputs, List.of(layer), changes, OPTIONS)) {
                    for (Batch batch : batches) {
                        probe.add(batch.inputs());
                    }
                    divergences = probe.divergences();
                }

                // then
                OnnxModel changed = model.copy();
                changes.get(1).accept(changed.graph());
                double whole = Samples.compare(model, outputs, changed, batches, OPTIONS, () -> {})
                        .loss();
                assertThat(divergences.get(0).loss()).isBetween(-1e-9, 1e-6);
                assertThat(divergences.get(0).agreement()).isEqualTo(1);
                assertThat(whole).isPositive();
                assertThat(divergences.get(1).loss()).isBetween(whole * 0.999 - 1e-7, whole * 1.001 + 1e-7);
            }
        }
    }
}
