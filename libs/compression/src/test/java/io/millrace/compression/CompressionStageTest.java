package io.millrace.compression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.FailureKind;
import io.millrace.contracts.Json;
import io.millrace.contracts.method.SvdParameters;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.contracts.task.Progress;
import io.millrace.data.Batches;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.selection.Allocation.Strategy;
import io.millrace.selection.CompressionFindings;
import io.millrace.selection.Cost;
import io.millrace.selection.Measure;
import io.millrace.selection.NetworkCost;
import io.millrace.selection.NetworkPart;
import io.millrace.selection.Networks;
import io.millrace.selection.PartOption;
import io.millrace.selection.SampleShards;
import io.millrace.selection.Sensitivity;
import io.millrace.worker.LocalWorkbench;
import io.millrace.worker.StageException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the flow does with what a method makes, whatever the method. */
class CompressionStageTest {
    @TempDir
    Path folder;

    private LocalWorkbench bench;
    private String flaw;
    private float fitted = 1;

    @BeforeEach
    void writeNetwork() throws Exception {
        Path file = folder.resolve("net.onnx");
        Networks.input(-1, 4)
                .node("Gemm", "y", "x", "[4,3]", "[3]")
                .output("y", -1, 3)
                .write(file);
        bench = new LocalWorkbench(folder.resolve("bench"))
                .withModel("model", file)
                .withData(
                        "calibration",
                        SampleShards.write(folder.resolve("x"), Map.of("x", Networks.random(1, 128, 4))));
    }

    private Result compress() throws Exception {
        CompressionStage stage = new CompressionStage("scaling", List.of(new Scaling())) {};
        ObjectNode parameters = (ObjectNode) Json.mapper().readTree("{\"mac-ratios\": [0.5]}");
        return (Result) stage.run(bench.task("scaling", "compress", parameters), bench);
    }

    @Test
    void modelThatIsNotWhatItShouldBeIsNotDelivered() {
        // given
        flaw = "y differs by 0.5";

        // when, then
        assertThatThrownBy(this::compress)
                .isInstanceOfSatisfying(
                        StageException.class, e -> assertThat(e.kind()).isEqualTo(FailureKind.UNSUPPORTED))
                .hasMessageContaining(flaw);
    }

    @Test
    void fitIsKeptWhereItHelpsOnSamplesThatNothingWasFittedTo() throws Exception {
        // given a change that halves the weights, and a fit that makes up for most of it
        fitted = 1.9f;

        // when
        Result result = compress();

        // then
        JsonNode made = result.models().get(0).parameters();
        assertThat(made.get("reconstructed-loss").asDouble())
                .isLessThan(made.get("loss").asDouble());
        assertThat(largest(result)).isEqualTo(0.95f * largest(model()));
        assertThat(made.get("notes")).noneMatch(note -> note.asText().contains("dropped"));
    }

    @Test
    void fitThatMakesTheOutputsWorseIsDroppedAndSaidSo() throws Exception {
        // given
        fitted = 20;

        // when
        Result result = compress();

        // then
        JsonNode made = result.models().get(0).parameters();
        assertThat(largest(result)).isEqualTo(0.5f * largest(model()));
        assertThat(made.get("notes")).anyMatch(note -> note.asText().contains("worse and was dropped"));
    }

    @Test
    void whatIsReachedIsCountedOnTheModelAndNotTakenFromThePlan() throws Exception {
        // when a method says that it halves the cost, and leaves it as it is
        Result result = compress();

        // then
        JsonNode target = result.models().get(0).parameters().get("target");
        assertThat(target.get("met").asBoolean()).isFalse();
        assertThat(target.get("reached").asDouble()).isEqualTo(1);
    }

    private OnnxModel model() {
        return OnnxModel.read(bench.model("model"));
    }

    private static float largest(Result result) {
        return largest(OnnxModel.read(LocalWorkbench.path(result.models().get(0).model())));
    }

    private static float largest(OnnxModel model) {
        float largest = 0;
        for (float value : weight(model).floats()) {
            largest = Math.max(largest, value);
        }
        return largest;
    }

    private static Tensor weight(OnnxModel model) {
        return model.graph().initializer(model.graph().nodes().get(0).input(1));
    }

    private static OnnxModel scaled(OnnxModel model, float factor) {
        OnnxModel copy = model.copy();
        float[] values = weight(copy).floats();
        for (int i = 0; i < values.length; i++) {
            values[i] *= factor;
        }
        copy.graph()
                .setInitializer(
                        copy.graph().nodes().get(0).input(1),
                        Tensor.ofFloats(values, weight(copy).dims()));
        return copy;
    }

    /** Halves the weights of a network and says that this halves its cost. */
    private final class Scaling implements CompressionMethod<SvdParameters> {
        @Override
        public String name() {
            return "scaling";
        }

        @Override
        public Class<SvdParameters> parameters() {
            return SvdParameters.class;
        }

        @Override
        public CompressionRequest request(SvdParameters parameters) {
            return CompressionRequest.ofMacRatios(parameters.macRatios(), Strategy.GREEDY, false, 64);
        }

        @Override
        public Set<String> afterMeasuring() {
            return Set.of();
        }

        @Override
        public CompressionPlan plan(OnnxModel model, SvdParameters parameters, long seed) {
            return new Halved(model);
        }
    }

    private final class Halved implements CompressionPlan {
        private final OnnxModel model;

        Halved(OnnxModel model) {
            this.model = model;
        }

        @Override
        public List<NetworkPart> parts() {
            return List.of(
                    new NetworkPart("y", "y", "Gemm", List.of(new PartOption(0.5, Cost.of(Measure.MACS, -6))), 12));
        }

        @Override
        public Map<String, String> declined() {
            return Map.of();
        }

        @Override
        public NetworkCost cost() {
            return NetworkCost.sum(
                    Cost.of(Measure.MACS, 12),
                    List.of(List.of(parts().get(0).options().get(0).change())));
        }

        @Override
        public List<Sensitivity> measure(
                List<NetworkPart> parts, CalibrationSamples samples, int count, Consumer<Progress> progress) {
            throw new AssertionError("it is not measured");
        }

        @Override
        public OnnxModel apply(int[] options) {
            assertThat(options).containsExactly(1);
            return scaled(model, 0.5f);
        }

        @Override
        public Optional<String> flaw(int[] options, OnnxModel made, CalibrationSamples samples) {
            return Optional.ofNullable(flaw);
        }

        @Override
        public int fittingSamples() {
            return 128;
        }

        @Override
        public OnnxModel refit(
                int[] options,
                OnnxModel made,
                Batches batches,
                CalibrationSamples samples,
                ObjectNode entry,
                CompressionFindings findings,
                Consumer<Progress> progress) {
            return scaled(made, fitted);
        }

        @Override
        public void describe(int part, int option, ObjectNode entry, CompressionFindings findings) {}
    }
}
