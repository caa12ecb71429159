package io.millrace.onnx;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes ONNX files. */
public final class OnnxWriter {
    private OnnxWriter() {}

    /** Writes a model. What was not changed since it was read is the same on disk. */
    public static void write(OnnxModel model, Path file) {
        try (OutputStream out = Files.newOutputStream(file)) {
            model.toProto().writeTo(out);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }
}
