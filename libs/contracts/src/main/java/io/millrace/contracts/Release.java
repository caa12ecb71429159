package io.millrace.contracts;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** Which Millrace this is, as the build wrote it down; the same in every way it is started. */
public final class Release {
    private static final String NAME = name();

    private Release() {}

    /** Version and, where the build knew it, the commit: {@code 0.1.0 (1a2b3c4)}. */
    public static String text() {
        return NAME;
    }

    private static String name() {
        Properties build = new Properties();
        try (InputStream in = Release.class.getResourceAsStream("release.properties")) {
            build.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String commit = build.getProperty("commit");
        return build.getProperty("version") + (commit.isBlank() ? "" : " (" + commit + ")");
    }
}
