package io.millrace.standalone.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.standalone.cli.MillraceCommand;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the pages tell a reader to type is there; that it works is tried by the tests of this package and by .ci/run. */
class ReadmeTest {
    private static final List<String> PAGES =
            List.of("../README.md", "../docs/operations.md", "../docs/rest.md", "../examples/clients/README.md");
    private static final Pattern COMMAND = Pattern.compile("\\./millrace ([a-z][^\\n#`]*)");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)\\)");

    @Test
    void everyCommandIsOne() throws IOException {
        List<String> commands = new ArrayList<>();
        for (String page : PAGES) {
            commands.addAll(found(COMMAND, Path.of(page)));
        }
        assertThat(commands).hasSizeGreaterThan(6).allSatisfy(command -> {
            List<String> arguments = new ArrayList<>(List.of(command.strip().split(" +")));
            arguments.add("--help");
            assertThat(exitCode(arguments)).as(command).isZero();
        });
    }

    @Test
    void everyLinkLeadsSomewhere() throws IOException {
        for (String page : PAGES) {
            assertThat(found(LINK, Path.of(page)))
                    .allSatisfy(link ->
                            assertThat(Path.of(page).resolveSibling(link)).exists());
        }
    }

    private static List<String> found(Pattern pattern, Path page) throws IOException {
        return pattern.matcher(Files.readString(page))
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();
    }

    private static int exitCode(List<String> arguments) {
        PrintStream out = System.out;
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        try {
            return MillraceCommand.execute(arguments.toArray(String[]::new));
        } finally {
            System.setOut(out);
        }
    }
}
