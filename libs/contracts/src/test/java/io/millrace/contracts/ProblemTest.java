package io.millrace.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ProblemTest {

    @Test
    void thePageListsEveryKind() throws IOException {
        List<String> listed;
        try (Stream<String> lines = Files.lines(Path.of("../../docs/rest.md"))) {
            listed = lines.filter(line -> line.startsWith("| `urn:"))
                    .map(line -> line.split("\\|"))
                    .map(cells -> cells[1].strip().replace("`", "") + " " + cells[2].strip())
                    .toList();
        }
        assertThat(listed)
                .isEqualTo(Stream.of(Problem.Kind.values())
                        .map(kind -> kind.uri() + " " + kind.status())
                        .toList());
    }
}
