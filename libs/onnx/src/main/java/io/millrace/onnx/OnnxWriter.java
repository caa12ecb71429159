package io.millrace.onnx;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes ONNX files. A file that is there already is replaced at once when the new one is complete, so that a model
 * may be written over the file it was read from.
 */
public final class OnnxWriter {
    /** More than this within one file comes too close to the 2 GB a protobuf message may have. */
    static final long MOST_INLINE_BYTES = 1_900_000_000L;

    private OnnxWriter() {}

    /**
     * Writes a model. What was not changed since it was read is the same on disk. Weights go to a second file, named
     * like the model with {@code .data} behind it (or a number and {@code .data}, where one is there already), if they
     * would take more than 2 GB or were in external data before.
     *
     * @param model the model, which stays as it is
     * @param file path of the model file
     * @throws UncheckedIOException if the file cannot be written
     */
    public static void write(OnnxModel model, Path file) {
        write(model, file, MOST_INLINE_BYTES);
    }

    static void write(OnnxModel model, Path file, long mostInlineBytes) {
        boolean external = model.graph().initializers().values().stream().anyMatch(Tensor::isExternal)
                || model.weightBytes() > mostInlineBytes;
        try {
            if (external) {
                ExternalWriter.write(model, file);
            } else {
                replace(file, model.toProto()::writeTo);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
        }
    }

    interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /** Writes beside the file first, then moves into place. */
    static void replace(Path file, Content content) throws IOException {
        Path part = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + ".part");
        try {
            try (OutputStream out =
                    Files.newOutputStream(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                content.writeTo(out);
            }
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(part);
        }
    }
}
