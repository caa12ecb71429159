package io.millrace.selection;

import io.millrace.onnx.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Data sets for tests: one {@code .npz} shard without labels. */
public final class SampleShards {
    private SampleShards() {}

    /** @param arrays by name of the model's input, of type float, the first axis the samples */
    public static Path write(Path folder, Map<String, Tensor> arrays) throws IOException {
        Files.createDirectories(folder);
        try (OutputStream out = Files.newOutputStream(folder.resolve("000.npz"));
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, Tensor> array : arrays.entrySet()) {
                zip.putNextEntry(new ZipEntry(array.getKey() + ".npy"));
                zip.write(header(array.getValue().dims()));
                ByteBuffer values = array.getValue().bytes();
                byte[] bytes = new byte[values.remaining()];
                values.get(bytes);
                zip.write(bytes);
                zip.closeEntry();
            }
        }
        return folder;
    }

    private static byte[] header(long[] dims) {
        String shape = Arrays.stream(dims).mapToObj(dim -> dim + ",").collect(Collectors.joining());
        String text = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }\n";
        byte[] letters = text.getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(10 + letters.length)
                .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) letters.length, 0})
                .put(letters)
                .array();
    }
}
