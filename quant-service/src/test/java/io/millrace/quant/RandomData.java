package io.millrace.quant;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.inference.RandomInputs;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes a data set of normally distributed samples that fits a model's float inputs. */
public final class RandomData {
    private RandomData() {}

    /** @return the folder */
    public static Path write(OnnxModel model, int samples, Path folder) throws IOException {
        Map<String, Tensor> one = RandomInputs.of(model, samples, 5);
        try (OutputStream out =
                        Files.newOutputStream(Files.createDirectories(folder).resolve("0.npz"));
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (ValueInfoProto input : model.graph().inputs()) {
                Tensor tensor = one.get(input.getName());
                long[] dims = tensor.dims();
                byte[] row = new byte[tensor.bytes().remaining()];
                tensor.bytes().get(row);
                int copies = dims[0] == samples ? 1 : samples;
                dims[0] *= copies;
                zip.putNextEntry(new ZipEntry(input.getName() + ".npy"));
                zip.write(header(dims));
                for (int i = 0; i < copies; i++) {
                    zip.write(row);
                }
                zip.closeEntry();
            }
        }
        return folder;
    }

    /** Writes these arrays, samples along the first axis. */
    public static Path write(Map<String, Tensor> arrays, Path folder) throws IOException {
        try (OutputStream out =
                        Files.newOutputStream(Files.createDirectories(folder).resolve("0.npz"));
                ZipOutputStream zip = new ZipOutputStream(out)) {
            for (Map.Entry<String, Tensor> array : arrays.entrySet()) {
                byte[] bytes = new byte[array.getValue().bytes().remaining()];
                array.getValue().bytes().get(bytes);
                zip.putNextEntry(new ZipEntry(array.getKey() + ".npy"));
                zip.write(header(array.getValue().dims()));
                zip.write(bytes);
                zip.closeEntry();
            }
        }
        return folder;
    }

    private static byte[] header(long[] dims) {
        StringBuilder shape = new StringBuilder();
        for (long dim : dims) {
            shape.append(dim).append(", ");
        }
        String text = "{'descr': '<f4', 'fortran_order': False, 'shape': (" + shape + "), }\n";
        return ByteBuffer.allocate(10 + text.length())
                .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
                .put((byte) text.length())
                .put((byte) (text.length() >> 8))
                .put(text.getBytes(StandardCharsets.US_ASCII))
                .array();
    }
}
