package io.millrace.inference;

import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import java.nio.file.Path;
import java.time.Duration;

/**
 * How a session runs.
 *
 * @param threads within one operator; operators run one after the other
 * @param level what the runtime may rewrite
 * @param limit of one call, and of loading; a longer one is ended with {@link InferenceException.TimedOut}
 * @param optimizedModel where to leave the graph as the runtime runs it; {@code null} for nowhere
 */
public record SessionOptions(int threads, Level level, Duration limit, Path optimizedModel) {

    /** What the runtime may rewrite. */
    public enum Level {
        NONE(OptLevel.NO_OPT),
        BASIC(OptLevel.BASIC_OPT),
        EXTENDED(OptLevel.EXTENDED_OPT),
        ALL(OptLevel.ALL_OPT);

        final OptLevel runtime;

        Level(OptLevel runtime) {
            this.runtime = runtime;
        }
    }

    public SessionOptions {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, not " + threads);
        }
    }

    /** Everything optimised, five minutes a call. */
    public static SessionOptions threads(int threads) {
        return new SessionOptions(threads, Level.ALL, Duration.ofMinutes(5), null);
    }

    public SessionOptions withLevel(Level other) {
        return new SessionOptions(threads, other, limit, optimizedModel);
    }

    public SessionOptions withLimit(Duration other) {
        return new SessionOptions(threads, level, other, optimizedModel);
    }

    public SessionOptions withOptimizedModel(Path file) {
        return new SessionOptions(threads, level, limit, file);
    }
}
