package io.millrace.svd.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.millrace.inference.OnnxSession;
import io.millrace.inference.RandomInputs;
import io.millrace.inference.SessionOptions;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.cost.Costs;
import io.millrace.svd.layer.ChainLink;
import io.millrace.svd.layer.Layer;
import io.millrace.svd.layer.Metric;
import io.millrace.svd.layer.Splice;
import io.millrace.svd.layer.SplittableLayers;
import io.millrace.svd.lowrank.Pair;
import io.millrace.svd.spatial.SpatialSvd;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Over the networks of many kinds that the graph library is tested with. */
class DecomposedCorpusTest {
    private static final SessionOptions OPTIONS = SessionOptions.threads(1).withLevel(SessionOptions.Level.BASIC);

    /** One export of each kind of network. */
    static Collection<Path> networks() throws IOException {
        try (Stream<Path> files = Files.list(Path.of("../libs/onnx/src/test/resources/corpus"))) {
            return files.filter(file -> file.toString().endsWith(".onnx"))
                    .sorted()
                    .collect(Collectors.toMap(
                            file -> file.getFileName().toString().split("-")[0],
                            Function.identity(),
                            (first, second) -> first,
                            TreeMap::new))
                    .values();
        }
    }

    @ParameterizedTest
    @MethodSource("networks")
    void everyLayerSplitAtFullRankGivesTheSameOutputsAtTheCostForetold(Path file) {
        // given
        OnnxModel model = OnnxModel.read(file);
        SplittableLayers found = SplittableLayers.of(model);
        Costs costs = Costs.of(model);
        assertThat(Stream.concat(
                        found.declined().keySet().stream(),
                        found.layers().stream()
                                .flatMap(layer -> layer.nodes().stream().map(Node::label))))
                .containsExactlyInAnyOrderElementsOf(
                        costs.layers().stream().map(c -> c.node().label()).collect(Collectors.toSet()));

        // when
        OnnxModel split = model.copy();
        long foretold = costs.macs();
        for (Layer layer : found.layers()) {
            Pair pair = SpatialSvd.pair(layer);
            Cut cut = new Cut(SpatialSvd.NAME, new int[] {pair.maxRank()}, pair.forms(pair.maxRank()));
            List<ChainLink> chain = new SpatialSvd()
                    .factorize(layer, Collections.nCopies(layer.groups(), Metric.PLAIN))
                    .chain(cut);
            Splice.apply(split.graph(), layer, chain, SpatialSvd.NAME);
            foretold += layer.macs(cut.forms()) - layer.macs();
        }

        // then
        assertThat(Costs.of(split).macs()).isEqualTo(foretold);
        Map<String, Tensor> inputs = RandomInputs.of(model, 2, 1);
        Map<String, Tensor> expected = run(model, inputs);
        Map<String, Tensor> actual = run(split, inputs);
        expected.forEach((name, tensor) -> assertClose(name, tensor, actual.get(name)));
    }

    private static Map<String, Tensor> run(OnnxModel model, Map<String, Tensor> inputs) {
        try (OnnxSession session = OnnxSession.open(model, OPTIONS)) {
            return session.run(inputs);
        }
    }

    private static void assertClose(String name, Tensor expected, Tensor actual) {
        if (!expected.type().isFloatingPoint()) {
            return;
        }
        float[] wanted = expected.floats();
        float[] got = actual.floats();
        float tolerance = expected.type() == ElementType.FLOAT16 ? 1e-2f : 2e-4f;
        float size = 1e-6f;
        for (float value : wanted) {
            size = Math.max(size, Math.abs(value));
        }
        assertThat(got).hasSameSizeAs(wanted);
        for (int i = 0; i < wanted.length; i++) {
            assertThat(got[i]).as(name).isCloseTo(wanted[i], within(tolerance * size));
        }
    }
}
