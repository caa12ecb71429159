package io.millrace.contracts;

/**
 * A reference to a file or folder in the object store; what events carry instead of bytes.
 *
 * @param uri {@code s3://bucket/key}; a folder (a data set, a model with external data) ends with {@code /}
 * @param sha256 lower-case hex digest of the file, or of the sorted listing of a folder; {@code null} until somebody
 *     has resolved it
 * @param size bytes in all; -1 until resolved
 */
public record Artifact(String uri, String sha256, long size) {

    /** A reference whose content nobody has looked at yet. */
    public static Artifact unresolved(String uri) {
        return new Artifact(uri, null, -1);
    }

    public boolean resolved() {
        return sha256 != null;
    }
}
