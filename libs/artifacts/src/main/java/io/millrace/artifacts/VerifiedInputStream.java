package io.millrace.artifacts;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.security.DigestInputStream;
import java.util.Optional;

/**
 * Content of a known size and digest. Its last byte is handed out only if all of it is what was announced, so that
 * whoever stores it as it comes never completes anything else.
 */
final class VerifiedInputStream extends FilterInputStream {
    private final DigestInputStream digesting;
    private final long size;
    private final String sha256;
    private long count;

    VerifiedInputStream(InputStream in, long size, String sha256) {
        super(new DigestInputStream(in, Sha256.digest()));
        this.digesting = (DigestInputStream) this.in;
        this.size = size;
        this.sha256 = sha256;
    }

    /** The content is not what it was said to be. */
    static final class Mismatch extends IOException {
        Mismatch(String message) {
            super(message);
        }
    }

    /** Why content was refused, if that is what lies behind a failure. */
    static Optional<String> mismatch(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof Mismatch found) {
                return Optional.of(found.getMessage());
            }
        }
        return Optional.empty();
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        int read = super.read(target, offset, length);
        count += Math.max(read, 0);
        if (count > size) {
            throw new Mismatch("it is longer than the %d bytes announced".formatted(size));
        }
        if (read < 0 && count < size) {
            throw new Mismatch("it ended after %d of %d bytes".formatted(count, size));
        }
        if (read > 0 && count == size) {
            verify();
        }
        return read;
    }

    @Override
    public boolean markSupported() {
        return false;
    }

    /** To be called once, when all is read. */
    void verify() throws IOException {
        String found = Sha256.hex(digesting.getMessageDigest().digest());
        if (!found.equals(sha256)) {
            throw new Mismatch("its sha256 is %s, announced was %s".formatted(found, sha256));
        }
    }
}
