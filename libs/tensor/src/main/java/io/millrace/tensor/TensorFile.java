package io.millrace.tensor;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Tensor;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Named tensors in a file: for checkpoints. */
final class TensorFile {
    private static final int MAGIC = 0x4d525431;
    private static final int MAX_RANK = 16;

    private TensorFile() {}

    static void write(Path file, Map<String, Tensor> tensors) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            out.writeInt(MAGIC);
            out.writeInt(tensors.size());
            for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
                Tensor tensor = entry.getValue();
                out.writeUTF(entry.getKey());
                out.writeInt(tensor.type().code());
                out.writeInt(tensor.rank());
                for (long dim : tensor.dims()) {
                    out.writeLong(dim);
                }
                byte[] bytes = new byte[tensor.bytes().remaining()];
                tensor.bytes().get(bytes);
                out.writeInt(bytes.length);
                out.write(bytes);
            }
        }
    }

    static Map<String, Tensor> read(Path file) throws IOException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            if (in.readInt() != MAGIC) {
                throw new IOException(file + " is no checkpoint");
            }
            int count = in.readInt();
            for (int i = 0; i < count; i++) {
                String name = in.readUTF();
                ElementType type = ElementType.of(in.readInt());
                int rank = in.readInt();
                if (rank < 0 || rank > MAX_RANK) {
                    throw new IOException(file + " is damaged at " + name);
                }
                long[] dims = new long[rank];
                for (int axis = 0; axis < rank; axis++) {
                    dims[axis] = in.readLong();
                }
                byte[] bytes = in.readNBytes(in.readInt());
                tensors.put(name, Tensor.of(type, ByteBuffer.wrap(bytes), dims));
            }
        } catch (RuntimeException e) {
            throw new IOException(file + " is damaged: " + e.getMessage(), e);
        }
        return tensors;
    }
}
