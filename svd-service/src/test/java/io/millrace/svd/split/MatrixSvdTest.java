package io.millrace.svd.split;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.selection.Networks;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;

class MatrixSvdTest {

    @Test
    void fullRankGivesTheOriginalOutputOfAGemm() {
        // given a Gemm with everything that Gemm has
        OnnxModel model = Networks.input(12, 3)
                .node("Gemm", "y", "x", "[9,12]", "[9]")
                .with(node -> node.with("transA", 1)
                        .with("transB", 1)
                        .with("alpha", 0.5f)
                        .with("beta", 2f))
                .output("y", 3, 9);

        // when
        OnnxModel split = split(model);

        // then
        Tensor x = Networks.random(4, 12, 3);
        SpatialSvdTest.assertClose(Networks.run(split, x), Networks.run(model, x));
    }

    @Test
    void fullRankGivesTheOriginalOutputOfAMatMul() {
        // given
        OnnxModel model =
                Networks.input(-1, 5, 12).node("MatMul", "y", "x", "[12,9]").output("y", -1, 5, 9);

        // when
        OnnxModel split = split(model);

        // then
        Tensor x = Networks.random(4, 2, 5, 12);
        SpatialSvdTest.assertClose(Networks.run(split, x), Networks.run(model, x));
    }

    @Test
    void ranksAndCostsAreTheKnownOnes() {
        // given
        MatrixSvd wide = layer(3136, 1024);
        MatrixSvd last = layer(1024, 10);
        BigDecimal half = new BigDecimal("0.5");

        // when, then
        assertThat(wide.rankFor(half)).isEqualTo(385);
        assertThat(last.rankFor(half)).isEqualTo(4);
        assertThat(5_244_960 + wide.macs(385) + last.macs(4)).isEqualTo(6_850_696);
    }

    private static MatrixSvd layer(long m, long n) {
        Node node = Node.of("MatMul", "fc", List.of("x", "w"), List.of("y"));
        return new MatrixSvd(
                List.of(new MatrixSvd.Use(node, 1)), Tensor.ofFloats(new float[(int) (m * n)], m, n), false);
    }

    private static OnnxModel split(OnnxModel model) {
        Node node = model.graph().nodes().get(0);
        MatrixSvd layer = new MatrixSvd(
                List.of(new MatrixSvd.Use(node, 1)),
                model.graph().initializer(node.input(1)),
                node.intAttribute("transB", 0) != 0);
        OnnxModel split = model.copy();
        layer.split(split.graph(), layer.maxRank());
        assertThat(split.graph().nodes()).hasSize(2);
        return split;
    }
}
