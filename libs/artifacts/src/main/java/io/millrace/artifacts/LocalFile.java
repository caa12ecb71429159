package io.millrace.artifacts;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/** Turns failures to write into ones that name the local file, so that they are not taken for the network's. */
final class LocalFile extends FilterOutputStream {
    private final Path path;
    private final StoreFaults faults;

    LocalFile(Path path, OutputStream out, StoreFaults faults) {
        super(out);
        this.path = path;
        this.faults = faults;
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
        try {
            out.write(bytes, offset, length);
        } catch (IOException e) {
            throw faults.local(path, e);
        }
    }
}
