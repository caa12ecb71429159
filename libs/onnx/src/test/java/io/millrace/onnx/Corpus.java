package io.millrace.onnx;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The networks that tests run over: the ones among the test resources, and those of the folder that the environment
 * variable {@code MILLRACE_CORPUS} names, if it is set.
 */
public final class Corpus {
    private Corpus() {}

    /** All files that end in .onnx, by name. */
    public static List<Path> files() {
        List<Path> files = new ArrayList<>();
        var resources = Corpus.class.getResource("/corpus");
        if (resources != null) {
            files.addAll(in(Path.of(resources.getPath())));
        }
        String own = System.getenv("MILLRACE_CORPUS");
        if (own != null && !own.isBlank()) {
            files.addAll(in(Path.of(own)));
        }
        return files;
    }

    private static List<Path> in(Path folder) {
        try (Stream<Path> found = Files.walk(folder)) {
            return found.filter(f -> f.toString().endsWith(".onnx")).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
