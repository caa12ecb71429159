package io.millrace.pruning;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.inference.RandomInputs;
import io.millrace.inference.SameOutputs;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.channels.ChannelCut;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.MaskedCost;
import io.millrace.onnx.cost.Alignment;
import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.output.Tolerance;
import io.millrace.pruning.PruningPlan.PrunableGroup;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Over networks of many kinds: residual, grouped, depthwise, shuffled, concatenated, gated, transformers. */
class PrunedMacsTest {
    private static final PruningPlan.Grid ANY_COUNT = new PruningPlan.Grid(Criterion.L2, Alignment.NONE, 4);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "resnet-ts11",
                "resnext-ts13",
                "mobilenet_v2-ts11",
                "shufflenet_v2-ts11",
                "densenet-ts17-folded",
                "efficientnet-ts13",
                "vgg-ts12",
                "unet-ts13",
                "conv1d-ts13",
                "autoencoder-ts13",
                "groupnorm-dynamo18",
                "convnext-ts13",
                "ghostnet-ts13",
                "squeezenet-ts11",
                "depth_to_space-hand13"
            })
    void costOfAMaskIsTheCostOfTheCutModelAndTheCutIsProven(String name) {
        // given
        Path file = Path.of("../libs/onnx/src/test/resources/corpus", name + ".onnx");
        OnnxModel model = OnnxModel.read(file);
        PruningPlan plan = PruningPlan.of(model, ANY_COUNT, 1);
        MaskedCost cost = new MaskedCost(model);
        assertThat(cost.macs()).isEqualTo(Costs.of(model).macs());
        Map<ChannelGroup, int[]> removed = new LinkedHashMap<>();
        for (PrunableGroup group : plan.groups()) {
            removed.put(group.group(), group.options().get(group.options().size() / 2));
        }

        // when
        OnnxModel cut = ChannelCut.cut(model, removed);

        // then
        assertThat(removed).isNotEmpty();
        assertThat(cost.macs(removed)).isEqualTo(Costs.of(cut).macs()).isLessThan(cost.macs());
        assertThat(SameOutputs.flaw(
                        ChannelCut.zero(model, removed),
                        cut,
                        RandomInputs.of(model, 2, 1),
                        SessionOptions.threads(1).withLevel(SessionOptions.Level.BASIC),
                        Tolerance.of(model)))
                .isEmpty();
    }
}
