package io.millrace.onnx.nodetests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The node tests that one part of the library passes: a file of names that may only grow. A test that stops passing
 * fails the build, and so does one that passes and is not listed yet. {@code -Dnode-tests.update=true} adds what passes
 * to the file; it never takes a name out.
 */
public final class Passing {
    private final Path file;

    /** @param file of names, one a line */
    public Passing(Path file) {
        this.file = file;
    }

    /**
     * Compares with the list.
     *
     * @param passed the tests that pass now
     * @param failed the others that were tried, with the reason
     */
    public void check(Set<String> passed, Map<String, String> failed) {
        Set<String> listed = read();
        if (Boolean.getBoolean("node-tests.update")) {
            listed.addAll(passed);
            write(listed);
        }
        Map<String, String> lost = failed.entrySet().stream()
                .filter(entry -> listed.contains(entry.getKey()))
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        Set<String> gone = new TreeSet<>(listed);
        gone.removeAll(passed);
        gone.removeAll(failed.keySet());
        Set<String> found = new TreeSet<>(passed);
        found.removeAll(listed);
        assertThat(lost).as("listed in %s, and fail", file).isEmpty();
        assertThat(gone).as("listed in %s, and not among the tests", file).isEmpty();
        assertThat(found)
                .as("pass: add them to %s with -Dnode-tests.update=true", file)
                .isEmpty();
    }

    private Set<String> read() {
        try {
            return Files.exists(file) ? new TreeSet<>(Files.readAllLines(file)) : new TreeSet<>();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void write(Set<String> names) {
        try {
            Files.write(file, names);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
