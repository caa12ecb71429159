package io.millrace.onnx.channels;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Corpus;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.cost.Costs;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class MaskedCostTest {
    static Stream<Path> networks() {
        return Corpus.files().stream();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void costOfAMaskIsTheCostOfTheCutModel(Path file) {
        // given
        OnnxModel model;
        try {
            model = OnnxModel.read(file);
        } catch (InvalidModelException e) {
            Assumptions.abort(e.getMessage());
            return;
        }
        Random random = new Random(3);
        Map<ChannelGroup, int[]> removed = new LinkedHashMap<>();
        ChannelGroups.of(model).groups().forEach(group -> removed.put(group, Oracle.choose(group, random)));

        // when
        long macs = new MaskedCost(model).macs(removed);

        // then
        assertThat(macs).isEqualTo(Costs.of(ChannelCut.cut(model, removed)).macs());
    }
}
