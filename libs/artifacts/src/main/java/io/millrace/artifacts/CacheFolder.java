package io.millrace.artifacts;

import io.millrace.artifacts.StoreException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * The files behind an {@link ArtifactCache}: {@code <digest>/<name>}, moved there in one step when complete. Several
 * processes may be given the same parent; each locks the first free numbered folder in it.
 */
final class CacheFolder implements AutoCloseable {
    private static final int MOST_PROCESSES = 64;

    private final Path root;
    private final FileChannel lock;

    /** A complete copy. */
    record Copy(Path path, long size) {}

    private CacheFolder(Path root, FileChannel lock) {
        this.root = root;
        this.lock = lock;
    }

    static CacheFolder open(Path parent) {
        try {
            Files.createDirectories(parent);
            for (int number = 0; number < MOST_PROCESSES; number++) {
                FileChannel channel = FileChannel.open(
                        parent.resolve(number + ".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                if (locked(channel)) {
                    CacheFolder folder = new CacheFolder(parent.resolve(String.valueOf(number)), channel);
                    delete(folder.parts());
                    Files.createDirectories(folder.parts());
                    return folder;
                }
                channel.close();
            }
            throw new StoreException(
                    Reason.LOCAL_DISK,
                    "The cache folder %s is used by %d processes.".formatted(parent, MOST_PROCESSES));
        } catch (IOException e) {
            throw fault(parent, e);
        }
    }

    /** Complete copies by digest, least recently written first. */
    Map<String, Copy> existing() {
        Map<String, Copy> copies = new LinkedHashMap<>();
        try (Stream<Path> children = Files.list(root)) {
            List<Path> folders = children.filter(child -> !child.equals(parts()))
                    .sorted(Comparator.comparing(child -> child.toFile().lastModified()))
                    .toList();
            for (Path folder : folders) {
                try (Stream<Path> content = Files.list(folder)) {
                    content.findFirst()
                            .ifPresent(path -> copies.put(folder.getFileName().toString(), new Copy(path, size(path))));
                }
            }
            return copies;
        } catch (IOException e) {
            throw fault(root, e);
        }
    }

    /** An empty folder for a copy in the making. */
    Path newPart() {
        try {
            return Files.createDirectories(parts().resolve(UUID.randomUUID().toString()));
        } catch (IOException e) {
            throw fault(root, e);
        }
    }

    /** Makes a part the copy of this digest, in place of one that is there; returns where it is now. */
    Path keep(Path part, String sha256) {
        try {
            retire(sha256).ifPresent(CacheFolder::delete);
            return Files.move(part, root.resolve(sha256), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw fault(root, e);
        }
    }

    /** Takes a copy out of the way, so that a new one of its digest may come; returns what is to be deleted, if any. */
    Optional<Path> retire(String sha256) {
        try {
            Files.createDirectories(parts());
            Path retired = parts().resolve(UUID.randomUUID().toString());
            return Optional.of(Files.move(root.resolve(sha256), retired, StandardCopyOption.ATOMIC_MOVE));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw fault(root, e);
        }
    }

    Path root() {
        return root;
    }

    static void delete(Path folder) {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> walk = Files.walk(folder)) {
            for (Path path : walk.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException e) {
            throw fault(folder, e);
        }
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw fault(root, e);
        }
    }

    private Path parts() {
        return root.resolve("parts");
    }

    private static boolean locked(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    private static long size(Path path) {
        try (Stream<Path> walk = Files.walk(path)) {
            return walk.filter(Files::isRegularFile)
                    .mapToLong(file -> file.toFile().length())
                    .sum();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static StoreException fault(Path path, IOException e) {
        return new StoreException(Reason.LOCAL_DISK, "The cache folder %s cannot be used: %s.".formatted(path, e), e);
    }
}
