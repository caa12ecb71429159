package io.millrace.data;

import io.millrace.onnx.ElementType;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/**
 * A pair of IDX files as MNIST and its successors use them: images of unsigned bytes [N, H, W], shown as
 * {@code images} [N, 1, H, W], and {@code labels} [N]. Either may be gzipped.
 */
final class IdxShard implements Shard {
    static final String IMAGES = "images";
    static final String LABELS = "labels";
    private static final int UNSIGNED_BYTES = 8;

    private final Map<String, Path> files = new LinkedHashMap<>();
    private final Map<String, ArrayHeader> arrays = new LinkedHashMap<>();

    /** @param labels may be {@code null} */
    IdxShard(Path images, Path labels) {
        files.put(IMAGES, images);
        if (labels != null) {
            files.put(LABELS, labels);
        }
        files.forEach((name, file) -> {
            try (DataInputStream in = open(file)) {
                arrays.put(name, readHeader(in, file));
            } catch (IOException e) {
                throw broken(file, e);
            }
        });
    }

    @Override
    public Path file() {
        return files.get(IMAGES);
    }

    @Override
    public Path file(String array) {
        return files.get(array);
    }

    @Override
    public Map<String, ArrayHeader> arrays() {
        return arrays;
    }

    @Override
    public ByteBuffer read(String array) {
        ArrayHeader header = array(array);
        Path file = files.get(array);
        try (DataInputStream in = open(file)) {
            readHeader(in, file);
            if (header.bytes() > Math.min(Files.size(file) * 1040L, Integer.MAX_VALUE - 64)) {
                throw new EOFException();
            }
            byte[] values = new byte[(int) header.bytes()];
            in.readFully(values);
            return ByteBuffer.wrap(values).order(ByteOrder.LITTLE_ENDIAN);
        } catch (IOException e) {
            throw broken(file, e);
        }
    }

    private static ArrayHeader readHeader(DataInputStream in, Path file) throws IOException {
        int magic = in.readInt();
        int rank = magic & 0xff;
        if (magic >>> 16 != 0 || rank == 0 || rank > 4) {
            throw new InvalidDataException(file + ": not an IDX file");
        }
        if ((magic >> 8 & 0xff) != UNSIGNED_BYTES) {
            throw new InvalidDataException(file + ": IDX of unsigned bytes is read, no other element type");
        }
        boolean images = rank == 3;
        long[] dims = new long[images ? 4 : rank];
        for (int i = 0; i < rank; i++) {
            dims[images && i > 0 ? i + 1 : i] = Integer.toUnsignedLong(in.readInt());
        }
        if (images) {
            dims[1] = 1;
        }
        try {
            ArrayHeader header = new ArrayHeader(ElementType.UINT8, dims);
            header.bytes();
            return header;
        } catch (ArithmeticException e) {
            throw new InvalidDataException(file + ": impossible shape in its header", e);
        }
    }

    private static DataInputStream open(Path file) throws IOException {
        InputStream raw = Files.newInputStream(file);
        try {
            boolean gzipped = file.getFileName().toString().endsWith(".gz");
            return new DataInputStream(
                    gzipped ? new GZIPInputStream(raw, 1 << 16) : new java.io.BufferedInputStream(raw, 1 << 16));
        } catch (IOException e) {
            raw.close();
            throw e;
        }
    }

    private static InvalidDataException broken(Path file, IOException e) {
        return new InvalidDataException(
                e instanceof EOFException
                        ? file + ": truncated; save or upload the file again"
                        : file + ": cannot be read (" + e.getMessage() + ")",
                e);
    }
}
