package io.millrace.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Finds the shards of a folder by their file names. */
final class Shards {
    private Shards() {}

    /** @param format {@code npz} or {@code idx}; {@code null} to infer it from the files there */
    static List<Shard> find(Path folder, String format) {
        List<Path> files = files(folder);
        List<Path> npz = files.stream().filter(f -> name(f).endsWith(".npz")).toList();
        List<Path> idx = files.stream()
                .filter(f -> name(f).contains("images") && isIdx(f))
                .toList();
        String chosen = format != null ? format : !npz.isEmpty() ? "npz" : !idx.isEmpty() ? "idx" : "none";
        List<Shard> shards =
                switch (chosen) {
                    case "npz" -> npz.stream().<Shard>map(NpzShard::new).toList();
                    case "idx" -> idxShards(folder, idx, files);
                    case "none" -> List.of();
                    default ->
                        throw new InvalidDataException(
                                folder + "/dataset.json: format '" + format + "' is not known; use npz or idx");
                };
        if (shards.isEmpty()) {
            throw new InvalidDataException(folder + ": no data found; expected .npz files, or IDX files named"
                    + " ...-images-idx3-ubyte and ...-labels-idx1-ubyte (also .gz), but there is "
                    + (files.isEmpty()
                            ? "nothing"
                            : files.stream().map(Shards::name).limit(5).toList()));
        }
        return shards;
    }

    private static List<Shard> idxShards(Path folder, List<Path> images, List<Path> files) {
        if (images.stream().anyMatch(f -> name(f).startsWith("train"))
                && images.stream().anyMatch(f -> name(f).startsWith("t10k") || name(f).startsWith("test"))) {
            throw new InvalidDataException(folder + ": holds a training and a test set; put each in its own folder");
        }
        List<Shard> shards = new ArrayList<>();
        for (Path image : images) {
            String wanted = name(image).replace("images", "labels").replace("idx3", "idx1");
            Path labels = files.stream()
                    .filter(f -> stem(name(f)).equals(stem(wanted)))
                    .findFirst()
                    .orElse(null);
            shards.add(new IdxShard(image, labels));
        }
        return shards;
    }

    private static List<Path> files(Path folder) {
        if (Files.isRegularFile(folder)) {
            return List.of(folder);
        }
        try (Stream<Path> listing = Files.list(folder)) {
            return listing.filter(Files::isRegularFile).sorted().toList();
        } catch (IOException e) {
            throw new InvalidDataException(folder + ": no such folder, or it cannot be listed", e);
        }
    }

    private static boolean isIdx(Path file) {
        return stem(name(file)).endsWith("ubyte");
    }

    private static String stem(String name) {
        return name.endsWith(".gz") ? name.substring(0, name.length() - 3) : name;
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }
}
