package io.millrace.orchestrator.files;

import io.millrace.artifacts.ObjectStreams;
import io.millrace.artifacts.Sha256;
import io.millrace.artifacts.StoredObject;
import io.millrace.contracts.Problem.Kind;
import io.millrace.contracts.ProblemException;
import jakarta.enterprise.context.ApplicationScoped;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Folders made of uploaded content, under the digest of their list of files: what jobs name as model and data. A folder
 * is complete when its list lies beside it; only then its address is given away.
 */
@ApplicationScoped
public class Folders {
    /** The store copies larger objects only in pieces. */
    private static final long LARGEST_COPY = 5L << 30;

    private static final int LONGEST_NAME = 512;

    private final Store store;
    private final ObjectStreams streams;
    private final Blobs blobs;
    private final int maxFiles;

    Folders(Store store, Blobs blobs, FilesConfig config) {
        this.store = store;
        this.streams = store.streams();
        this.blobs = blobs;
        this.maxFiles = config.maxFiles();
    }

    /** The files of a folder, as it is stored beside it. */
    record Listing(List<StoredObject> files) {}

    /** Address of the folder with this digest; it is there only if {@link #complete}. */
    public String address(String digest) {
        return store.upload(digest + "/");
    }

    public boolean complete(String digest) {
        return store.objects().exists(listing(digest));
    }

    /**
     * Makes a folder of content that was uploaded before.
     *
     * @throws ProblemException if the list is at fault or content is missing; what there is stays for the next try
     */
    public void create(String digest, List<StoredObject> files) {
        check(digest, files);
        if (complete(digest)) {
            return;
        }
        for (StoredObject file : files) {
            String target = address(digest) + file.name();
            if (streams.find(target)
                    .filter(there -> file.sha256().equals(there.sha256()))
                    .isPresent()) {
                continue;
            }
            String source = blobs.require(file.sha256(), file.size());
            if (file.size() <= LARGEST_COPY) {
                streams.copy(source, target, file.sha256());
            } else {
                streams.put(target, streams.open(source, 0, null), file.size(), file.sha256());
            }
        }
        store.objects().documents().create(listing(digest), new Listing(files));
        files.stream().map(StoredObject::sha256).distinct().forEach(blobs::forget);
    }

    /** Beside the folder, not in it: a folder holds what the user put into it and nothing else. */
    private String listing(String digest) {
        return store.upload(digest + ".json");
    }

    private void check(String digest, List<StoredObject> files) {
        if (files == null || files.isEmpty()) {
            throw new ProblemException(Kind.BAD_REQUEST, "the list of files is empty");
        }
        if (files.size() > maxFiles) {
            throw new ProblemException(
                    Kind.TOO_LARGE,
                    "a folder may have %,d files (MILLRACE_FILES_MAX_FILES), this one has %,d"
                            .formatted(maxFiles, files.size()));
        }
        Set<String> names = new HashSet<>();
        for (StoredObject file : files) {
            if (file == null || file.name() == null || !names.add(file.name())) {
                throw new ProblemException(Kind.BAD_REQUEST, "every file needs a name of its own");
            }
            if (!plain(file.name())) {
                throw new ProblemException(
                        Kind.BAD_REQUEST, "\"%s\" is no relative path inside the folder".formatted(file.name()));
            }
            if (file.sha256() == null || !file.sha256().matches("[0-9a-f]{64}") || file.size() < 0) {
                throw new ProblemException(
                        Kind.BAD_REQUEST, "\"%s\" needs a size and a sha256 in hexadecimal".formatted(file.name()));
            }
        }
        String found = Sha256.ofListing(files);
        if (!found.equals(digest)) {
            throw new ProblemException(
                    Kind.CONTENT_MISMATCH, "the list has the digest %s, not %s".formatted(found, digest));
        }
    }

    private static boolean plain(String name) {
        boolean inside = List.of(name.split("/", -1)).stream()
                .noneMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
        return inside
                && name.length() <= LONGEST_NAME
                && name.indexOf('\\') < 0
                && name.chars().noneMatch(Character::isISOControl);
    }
}
