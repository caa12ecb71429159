package io.millrace.standalone.server;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.Json;
import io.millrace.embedded.EmbeddedServerException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The folder of an all-in-one, held by one process at a time. Who holds it stands in its lock file, so that the next one
 * can be told.
 */
final class StateFolder implements AutoCloseable {
    private static final String LOCK = "millrace.lock";

    /** Beyond the text, which others may read while it is locked. */
    private static final long LOCKED = Long.MAX_VALUE - 1;

    private final FileChannel channel;

    private StateFolder(FileChannel channel) {
        this.channel = channel;
    }

    /** @throws EmbeddedServerException if another process holds it, which it names, or it cannot be written */
    static StateFolder hold(Path folder) {
        Path file = folder.resolve(LOCK);
        FileChannel channel = null;
        try {
            Files.createDirectories(folder);
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (lock(channel) == null) {
                channel.close();
                throw new EmbeddedServerException(inUse(folder), null);
            }
            // Through this channel: whoever closes another one of this file in this process gives the lock back.
            channel.truncate(0);
            channel.write(StandardCharsets.UTF_8.encode(
                    Long.toString(ProcessHandle.current().pid())));
            return new StateFolder(channel);
        } catch (IOException e) {
            throw new EmbeddedServerException(
                    "The state folder %s cannot be written (%s): choose another with --state."
                            .formatted(folder, reason(e)),
                    e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new EmbeddedServerException("The lock of the state folder cannot be given back.", e);
        }
    }

    private static String reason(IOException e) {
        return e instanceof FileSystemException file
                ? file.getFile() + ": "
                        + (file.getReason() != null ? file.getReason() : "it is no folder, or not permitted")
                : String.valueOf(e.getMessage());
    }

    private static FileLock lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock(LOCKED, 1, false);
        } catch (OverlappingFileLockException e) {
            return null;
        }
    }

    private static String inUse(Path folder) throws IOException {
        String pid = Files.readString(folder.resolve(LOCK)).strip();
        Path client = folder.resolve(ClientFiles.JSON);
        String who = pid.isEmpty() ? "" : ", process " + pid;
        String instead = "stop it";
        if (Files.exists(client)) {
            JsonNode settings = Json.mapper().readTree(client.toFile());
            who += ", which answers at " + settings.path("url").asText();
            instead = "use it (`millrace submit`), stop it";
        }
        return "The state folder %s is in use by a running Millrace%s: %s, or start another one beside it with --state FOLDER and --port PORT."
                .formatted(folder, who, instead);
    }
}
