package io.millrace.inference.time;

import io.millrace.inference.KernelTimes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What decides how fast an operation is, itself and the threads apart.
 *
 * @param processor its model, and how many of them there are
 * @param runtime name and version
 */
record Machine(String processor, String runtime) {
    private static final Machine HERE = here(Path.of("/proc/cpuinfo"));

    /** This one. */
    static Machine here() {
        return HERE;
    }

    static Machine here(Path processors) {
        int count = Runtime.getRuntime().availableProcessors();
        return new Machine(model(processors) + " x" + count, "onnxruntime " + KernelTimes.runtimeVersion());
    }

    /** The model's name with family and stepping, as a cloud calls many processors the same. */
    private static String model(Path processors) {
        List<String> told = List.of("model name", "cpu family", "model\t", "stepping");
        try (Stream<String> lines = Files.lines(processors)) {
            List<String> values = lines.takeWhile(line -> !line.isBlank())
                    .filter(line -> told.stream().anyMatch(line::startsWith))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .toList();
            if (!values.isEmpty()) {
                return String.join("/", values);
            }
        } catch (IOException | RuntimeException e) {
            System.getLogger(Machine.class.getName()).log(System.Logger.Level.DEBUG, "no model of the processor", e);
        }
        return System.getProperty("os.arch");
    }

    String words() {
        return processor + ", " + runtime;
    }
}
