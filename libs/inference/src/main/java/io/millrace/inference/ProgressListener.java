package io.millrace.inference;

/** Hears how far a long measurement is; whatever it throws ends the measurement. */
@FunctionalInterface
public interface ProgressListener {
    /** Nobody listens. */
    ProgressListener NONE = (done, total) -> {};

    void progress(long done, long total);
}
