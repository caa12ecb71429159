package io.millrace.benchmarks;

import io.millrace.inference.RuntimeEvaluator;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.simplify.Simplification;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Nodes of each network of a folder, before and after simplification: file, before, after, separated by tabs. */
public final class SimplifiedNodes {
    private SimplifiedNodes() {}

    public static void main(String[] arguments) throws IOException {
        List<Path> networks;
        try (Stream<Path> files = Files.list(Path.of(arguments[0]))) {
            networks =
                    files.filter(f -> f.toString().endsWith(".onnx")).sorted().toList();
        }
        for (Path file : networks) {
            String counts;
            try {
                Simplification simple = Simplification.of(OnnxModel.read(file), new RuntimeEvaluator());
                counts = simple.before() + "\t" + simple.after();
            } catch (InvalidModelException e) {
                counts = "refused\t" + e.getMessage();
            }
            System.out.println(file.getFileName() + "\t" + counts);
        }
    }
}
