package io.millrace.artifacts;

import java.util.List;

/**
 * {@code s3://bucket/key}, taken apart and checked.
 *
 * @param key never empty for an object; ends with {@code /} for a folder
 */
public record ObjectUri(String bucket, String key) {
    private static final String SCHEME = "s3://";

    /** @throws StoreException {@code REFUSED} if it is no such address, or its key leads out of the bucket */
    public static ObjectUri parse(String uri) {
        if (uri == null || !uri.startsWith(SCHEME)) {
            throw refused(uri, "it must look like s3://bucket/key");
        }
        int slash = uri.indexOf('/', SCHEME.length());
        if (slash <= SCHEME.length() || slash == uri.length() - 1) {
            throw refused(uri, "it must look like s3://bucket/key");
        }
        String key = uri.substring(slash + 1);
        checkKey(uri, key);
        return new ObjectUri(uri.substring(SCHEME.length(), slash), key);
    }

    /** @throws StoreException {@code REFUSED} if the key could name a file outside the folder it is put into */
    static void checkKey(String uri, String key) {
        String path = key.endsWith("/") ? key.substring(0, key.length() - 1) : key;
        boolean strays = List.of(path.split("/", -1)).stream()
                .anyMatch(part -> part.isEmpty() || part.equals(".") || part.equals(".."));
        if (strays || key.indexOf('\\') >= 0 || key.chars().anyMatch(Character::isISOControl)) {
            throw refused(uri, "its key must not hold '..', '.', empty parts, backslashes or control characters");
        }
    }

    public boolean folder() {
        return key.endsWith("/");
    }

    /** The last part of the key: {@code model.onnx} of {@code s3://models/resnet/model.onnx}. */
    public String name() {
        String path = folder() ? key.substring(0, key.length() - 1) : key;
        return path.substring(path.lastIndexOf('/') + 1);
    }

    @Override
    public String toString() {
        return SCHEME + bucket + "/" + key;
    }

    private static StoreException refused(String uri, String reason) {
        return new StoreException(
                StoreException.Reason.REFUSED, "The address '%s' is refused: %s.".formatted(uri, reason));
    }
}
