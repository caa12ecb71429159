package io.millrace.standalone.cli;

import ai.onnx.proto.OnnxMl.TensorProto.DataLocation;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.OnnxModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** A model on this machine, looked at before anything is started or sent. */
final class LocalModel {
    private LocalModel() {}

    /** Why no job can be done with it; names the file. */
    static Optional<String> fault(Path path) throws IOException {
        List<Path> files = List.of(path);
        if (Files.isDirectory(path)) {
            try (Stream<Path> all = Files.list(path)) {
                files = all.filter(file -> file.toString().endsWith(".onnx")).toList();
            }
            if (files.size() != 1) {
                return Optional.of("%s holds %d .onnx files; a model's folder has one, beside its weights"
                        .formatted(path, files.size()));
            }
        }
        try {
            OnnxModel model = OnnxModel.read(files.get(0));
            boolean weightsBeside = model.origin().getGraph().getInitializerList().stream()
                    .anyMatch(tensor -> tensor.getDataLocation() == DataLocation.EXTERNAL);
            return weightsBeside && !Files.isDirectory(path)
                    ? Optional.of(path + " keeps its weights in other files: name the folder of them all instead")
                    : Optional.empty();
        } catch (InvalidModelException e) {
            String name = files.get(0).getFileName() + ": ";
            String reason = e.getMessage().startsWith(name) ? e.getMessage().substring(name.length()) : e.getMessage();
            return Optional.of(files.get(0) + " is no model that can be used: " + reason);
        } catch (OutOfMemoryError e) {
            // Others have more memory than this command.
            return Optional.empty();
        }
    }
}
