package io.millrace.embedded;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** A server's folder, held by one process at a time through a lock file beside the data. */
final class DataFolder implements AutoCloseable {
    private final Path path;
    private final FileChannel lock;

    private DataFolder(Path path, FileChannel lock) {
        this.path = path;
        this.lock = lock;
    }

    /**
     * Creates the folder if it is missing and locks it.
     *
     * @param data sub-folder of {@code parent} that the server may fill
     * @throws EmbeddedServerException if another process holds it or it cannot be written
     */
    static DataFolder open(Path parent, String data, String server) {
        Path folder = parent.toAbsolutePath().resolve(data);
        FileChannel channel = null;
        try {
            Files.createDirectories(folder);
            channel = FileChannel.open(
                    parent.toAbsolutePath().resolve(data + ".lock"),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
            FileLock held = tryLock(channel);
            if (held == null) {
                channel.close();
                throw new EmbeddedServerException(
                        "The data folder %s of the embedded %s is used by another process: stop it, or choose another folder."
                                .formatted(folder, server),
                        null);
            }
            return new DataFolder(folder, channel);
        } catch (IOException e) {
            throw new EmbeddedServerException(
                    "The data folder %s of the embedded %s cannot be written (%s): choose another folder."
                            .formatted(folder, server, reason(e)),
                    e);
        }
    }

    private static String reason(IOException e) {
        return e instanceof FileSystemException file
                ? file.getFile() + ": "
                        + (file.getReason() != null ? file.getReason() : "it is no folder, or not permitted")
                : String.valueOf(e.getMessage());
    }

    private static FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    Path path() {
        return path;
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new EmbeddedServerException("The lock of %s cannot be given back.".formatted(path), e);
        }
    }
}
