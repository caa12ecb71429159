package io.millrace.onnx.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Net;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OrtRun;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchNormFoldingTest {
    private final Net net = new Net(17, 5);
    private final String x = net.input("x", 2, 6, 7, 7);

    /** Folds a copy and checks that it is the same function. */
    private BatchNormFolding.Report fold(int folded, int declined) {
        OnnxModel model = net.model();
        OnnxModel copy = model.copy();
        BatchNormFolding.Report report = BatchNormFolding.fold(copy);
        var inputs = OrtRun.randomInputs(model, 3, 2);
        assertThat(OrtRun.difference(OrtRun.run(model, inputs), OrtRun.run(copy, inputs)))
                .isLessThan(1e-5);
        assertThat(report.folded()).hasSize(folded);
        assertThat(report.declined()).hasSize(declined);
        assertThat(copy.graph().nodes().stream().filter(n -> n.is("BatchNormalization")))
                .hasSize(declined);
        return report;
    }

    @Test
    void intoConvolutionsBefore() {
        String a = net.relu(net.bn(net.conv(x, 6, 8, 3), 8));
        net.output(net.bn(
                net.convGrouped(net.relu(net.bn(net.op("Conv", List.of(a, net.weight(8, 8, 1, 1))), 8)), 8, 4, 3, 2),
                4));
        fold(3, 0);
    }

    @Test
    void intoTransposedConvolutionsAndGemm() {
        String up = net.bn(
                net.op("ConvTranspose", List.of(x, net.weight(6, 2, 3, 3)), "group", 2, "strides", new long[] {2, 2}),
                4);
        String flat = net.op("Flatten", List.of(net.op("GlobalAveragePool", List.of(net.relu(up)))));
        String gemm = net.bn(net.op("Gemm", List.of(flat, net.weight(4, 5), net.weight(2, 1)), "alpha", 0.5f), 5);
        String last = net.bn(
                net.op("Gemm", List.of(gemm, net.weight(3, 5), net.weight(3)), "transB", 1, "alpha", 2f, "beta", 3f),
                3);
        net.output(last);
        // The bias of the first Gemm is one number per sample: its normalisation goes into the layer behind it.
        fold(3, 0);
    }

    @Test
    void intoLayersBehind() {
        String point = net.op("Conv", List.of(net.bn(x, 6), net.weight(8, 3, 3, 3)), "group", 2);
        String up = net.op("ConvTranspose", List.of(net.bn(net.relu(point), 8), net.weight(8, 3, 1, 1)), "group", 2);
        String flat = net.op("Flatten", List.of(net.op("GlobalAveragePool", List.of(net.relu(up)))));
        net.output(net.op("Gemm", List.of(net.bn(flat, 6), net.weight(6, 3)), "alpha", 2f));
        fold(3, 0);
    }

    /** Exporters that merge equal tensors let all but the first read them through an Identity. */
    @Test
    void parametersBehindIdentitiesAreConstants() {
        String conv = net.conv(x, 6, 8, 3);
        String one = net.positive(8);
        String same = net.op("Identity", List.of(net.op("Reshape", List.of(one, net.longs(8)))));
        net.output(net.op("BatchNormalization", List.of(conv, same, net.weight(8), net.weight(8), same)));
        fold(1, 0);
    }

    @Test
    void declinesWhatWouldChangeTheFunction() {
        String padded = net.conv(net.bn(x, 6), 6, 6, 3);
        String shared = net.weight(6, 6, 1, 1);
        String once = net.bn(net.op("Conv", List.of(padded, shared)), 6);
        String twice = net.relu(net.op("Conv", List.of(net.relu(once), shared)));
        String conv = net.conv(twice, 6, 6, 1);
        net.output(net.add(net.relu(conv), net.bn(conv, 6)));
        var report = fold(0, 3);
        assertThat(report.declined().values())
                .anyMatch(r -> r.contains("before it stands an input") && r.contains("pads with zeros"))
                .anyMatch(r -> r.contains("is shared: conv") && r.contains("stays one weight"))
                .anyMatch(r -> r.contains("something else reads"));
    }
}
