package io.millrace.data;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes .npz files for tests. */
final class Npz {
    private final Map<String, byte[]> entries = new LinkedHashMap<>();

    Npz with(String name, Tensor tensor) {
        String descr =
                switch (tensor.type()) {
                    case UINT8 -> "|u1";
                    case INT64 -> "<i8";
                    case FLOAT -> "<f4";
                    case INT32 -> "<i4";
                    default -> throw new IllegalArgumentException(tensor.type().toString());
                };
        StringBuilder shape = new StringBuilder();
        for (long dim : tensor.dims()) {
            shape.append(dim).append(',');
        }
        return with(name, header(descr, "False", shape.toString()), tensor.bytes());
    }

    Npz with(String name, String header, ByteBuffer values) {
        byte[] text = header.getBytes(StandardCharsets.US_ASCII);
        ByteBuffer file = ByteBuffer.allocate(10 + text.length + values.remaining());
        file.put(
                new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) text.length, (byte) (text.length >> 8)});
        file.put(text).put(values);
        entries.put(name + ".npy", file.array());
        return this;
    }

    static String header(String descr, String fortran, String shape) {
        return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': (" + shape + "), }\n";
    }

    Path write(Path file) throws IOException {
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
                zip.closeEntry();
            }
        }
        return file;
    }

    static Tensor bytes(int[] values, long... dims) {
        ByteBuffer data = ByteBuffer.allocate(values.length);
        for (int value : values) {
            data.put((byte) value);
        }
        return Tensor.of(ElementType.UINT8, data.flip(), dims);
    }
}
