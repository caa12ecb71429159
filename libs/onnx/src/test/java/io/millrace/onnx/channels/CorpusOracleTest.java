package io.millrace.onnx.channels;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Corpus;
import io.millrace.onnx.ElementType;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.OnnxModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The oracle on every group of every network of the corpus; target/channel-groups.txt tells what was found in each. */
class CorpusOracleTest {
    private static final StringBuilder TABLE = new StringBuilder();
    private static final StringBuilder DETAILS = new StringBuilder();

    static Stream<Path> networks() {
        return Corpus.files().stream();
    }

    @ParameterizedTest
    @MethodSource("networks")
    void prunedEqualsZeroed(Path file) {
        OnnxModel model;
        try {
            model = OnnxModel.read(file);
        } catch (InvalidModelException e) {
            TABLE.append("%-48s refused: %s%n".formatted(file.getFileName(), e.getMessage()));
            return;
        }
        long start = System.nanoTime();
        ChannelGroups groups = ChannelGroups.of(model);
        long milliseconds = (System.nanoTime() - start) / 1_000_000;
        int units = groups.groups().stream().mapToInt(ChannelGroup::size).sum();
        DETAILS.append(file.getFileName()).append('\n');
        TABLE.append("%-48s %4d nodes %5d ms %4d groups %6d units %4d declined%n"
                .formatted(
                        file.getFileName(),
                        model.graph().nodes().size(),
                        milliseconds,
                        groups.groups().size(),
                        units,
                        groups.declined().size()));
        groups.groups().forEach(g -> DETAILS.append("    group %s, %d blocks%n".formatted(g, g.blocks().length)));
        groups.declined().forEach((layer, reason) -> DETAILS.append("    %s: %s%n".formatted(layer, reason)));
        assertThat(groups.failures()).isEmpty();
        boolean half = model.graph().initializers().values().stream().anyMatch(t -> t.type() == ElementType.FLOAT16);
        Assumptions.assumeFalse(groups.groups().isEmpty(), "nothing to cut");
        Oracle.check(model, 5, half ? 2e-3 : 1e-5);
    }

    @AfterAll
    static void print() throws IOException {
        Files.writeString(Path.of("target", "channel-groups.txt"), TABLE + "\n" + DETAILS);
    }
}
