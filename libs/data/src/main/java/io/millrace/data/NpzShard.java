package io.millrace.data;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** A NumPy .npz file: a zip archive of .npy arrays. Nothing is unpacked to disk; sizes are checked before use. */
final class NpzShard implements Shard {
    private static final int MAX_ENTRIES = 1000;
    private static final long MAX_BYTES = Integer.MAX_VALUE - 64;
    /** Deflate cannot shrink further than this; an entry that claims more lies about its size. */
    private static final long MAX_DEFLATION = 1040;

    private final Path file;
    private final Map<String, ArrayHeader> arrays = new LinkedHashMap<>();
    private final Map<String, String> unreadable = new LinkedHashMap<>();

    NpzShard(Path file) {
        this.file = file;
        try (ZipFile zip = open()) {
            if (zip.size() > MAX_ENTRIES) {
                throw new InvalidDataException(file + ": " + zip.size() + " entries, at most 1000 are read");
            }
            for (ZipEntry entry : Collections.list(zip.entries())) {
                if (entry.getName().endsWith(".npy")) {
                    readHeader(zip, entry);
                }
            }
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private void readHeader(ZipFile zip, ZipEntry entry) throws IOException {
        String name = entry.getName().substring(0, entry.getName().length() - ".npy".length());
        try (InputStream in = zip.getInputStream(entry)) {
            arrays.put(name, NpyHeader.read(in, where(name)).array());
        } catch (InvalidDataException e) {
            unreadable.put(name, e.getMessage());
        }
    }

    @Override
    public Path file() {
        return file;
    }

    @Override
    public Map<String, ArrayHeader> arrays() {
        return Collections.unmodifiableMap(arrays);
    }

    @Override
    public ArrayHeader array(String name) {
        if (unreadable.containsKey(name)) {
            throw new InvalidDataException(unreadable.get(name));
        }
        return Shard.super.array(name);
    }

    /** Arrays that cannot be read, with the reason. */
    Map<String, String> unreadable() {
        return Collections.unmodifiableMap(unreadable);
    }

    @Override
    public ByteBuffer read(String array) {
        ArrayHeader header = array(array);
        long bytes = header.bytes();
        try (ZipFile zip = open()) {
            ZipEntry entry = zip.getEntry(array + ".npy");
            if (bytes > MAX_BYTES) {
                throw new InvalidDataException(
                        where(array) + ": " + bytes + " bytes are too many for one shard; split it below 2 GB");
            }
            if (bytes > entry.getSize() || bytes > entry.getCompressedSize() * MAX_DEFLATION + MAX_DEFLATION) {
                throw truncated(array, header);
            }
            try (InputStream in = new BufferedInputStream(zip.getInputStream(entry), 1 << 16)) {
                NpyHeader stored = NpyHeader.read(in, where(array));
                byte[] values = new byte[(int) bytes];
                if (in.readNBytes(values, 0, values.length) < values.length) {
                    throw truncated(array, header);
                }
                return ByteBuffer.wrap(stored.inOrder(values)).order(ByteOrder.LITTLE_ENDIAN);
            }
        } catch (IOException e) {
            throw broken(e);
        }
    }

    private ZipFile open() throws IOException {
        return new ZipFile(file.toFile());
    }

    private String where(String array) {
        return file + ", array '" + array + "'";
    }

    private InvalidDataException truncated(String array, ArrayHeader header) {
        return new InvalidDataException(
                where(array) + ": truncated, its header promises " + header + "; save or upload the file again");
    }

    private InvalidDataException broken(IOException e) {
        String hint = e instanceof ZipException ? "; it is truncated or no .npz: save or upload it again" : "";
        return new InvalidDataException(file + ": cannot be read (" + e.getMessage() + ")" + hint, e);
    }
}
