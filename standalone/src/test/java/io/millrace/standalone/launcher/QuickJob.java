package io.millrace.standalone.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The example's network and one shard of its data, and a job over them that takes seconds. */
final class QuickJob {
    private static final Path EXAMPLE = Path.of("../examples/fashion-mnist");

    private QuickJob() {}

    /** Writes the job with its files beside it, and gives the job file. */
    static Path in(Path folder) throws IOException {
        Path data = Files.createDirectories(folder.resolve("data"));
        Files.copy(EXAMPLE.resolve("model.onnx"), folder.resolve("net.onnx"));
        for (String file : new String[] {"000.npz", "dataset.json"}) {
            Files.copy(EXAMPLE.resolve("data/validation").resolve(file), data.resolve(file));
        }
        return Files.writeString(folder.resolve("job.yaml"), """
                name: quick
                model: net.onnx
                data: {train: data, calibration: data, validation: data}
                objective: {metric: top1, max-drop: 0.5, mac-ratio: 0.9}
                recipe:
                  - compress: {method: channel-pruning, mac-ratios: [0.8], criterion: l2, reconstruct: false}
                    keep: {top: 1}
                """);
    }
}
