package stranger;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Net;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.channels.ChannelCut;
import io.millrace.onnx.channels.ChannelGroup;
import io.millrace.onnx.channels.ChannelGroups;
import io.millrace.onnx.cost.Costs;
import io.millrace.onnx.rewrite.BatchNormFolding;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Uses the library as its README shows, from outside, by what is public. */
class LibraryReadmeTest {
    @TempDir
    Path folder;

    private OnnxModel model;

    @BeforeEach
    void aModelFile() {
        Net net = new Net(17, 3);
        String x = net.input("x", 1, 3, 8, 8);
        net.output(net.conv(net.relu(net.bn(net.conv(x, 3, 8, 3), 8)), 8, 4, 3));
        Path file = folder.resolve("model.onnx");
        net.model().write(file);
        model = OnnxModel.read(file);
    }

    @Test
    void costs() {
        Costs costs = Costs.of(model);
        List<String> lines = new ArrayList<>();
        costs.layers().forEach(layer -> lines.add(layer.node().label() + ": " + layer.macs()));
        assertThat(lines).hasSize(2);
        assertThat(costs.macs()).isEqualTo(8L * 8 * 9 * (3 * 8 + 8 * 4));
        assertThat(costs.parameters()).isPositive();
    }

    @Test
    void cuttingAGroup() {
        ChannelGroups groups = ChannelGroups.of(model);
        ChannelGroup group = groups.groups().get(0);
        OnnxModel smaller = ChannelCut.cut(model, group, 0, 3);
        Path file = folder.resolve("smaller.onnx");
        smaller.write(file);
        assertThat(Files.exists(file)).isTrue();
        assertThat(Costs.of(OnnxModel.read(file)).macs()).isEqualTo(8L * 8 * 9 * (3 * 6 + 6 * 4));
    }

    @Test
    void foldingBatchNormalisations() {
        BatchNormFolding.Report report = BatchNormFolding.fold(model);
        assertThat(report.folded()).hasSize(1);
        assertThat(report.declined()).isEmpty();
    }
}
