package io.millrace.inference;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;

/**
 * A session of the runtime, and the options it was made with, which live as long.
 *
 * @param session loaded
 * @param options that it was loaded with
 */
record OpenedSession(OrtSession session, OrtSession.SessionOptions options) {

    /** Loads from wherever the model lies. */
    interface Loader {
        OrtSession load(OrtSession.SessionOptions configured) throws OrtException;
    }

    /** Loads; what was made on the way is given back if that fails. */
    static OpenedSession of(SessionOptions options, Loader loader) throws OrtException {
        OrtSession.SessionOptions configured = new OrtSession.SessionOptions();
        try {
            configure(configured, options);
            return new OpenedSession(loader.load(configured), configured);
        } catch (OrtException | RuntimeException | Error e) {
            configured.close();
            throw e;
        }
    }

    private static void configure(OrtSession.SessionOptions configured, SessionOptions options) throws OrtException {
        configured.setIntraOpNumThreads(options.threads());
        configured.setInterOpNumThreads(1);
        configured.setOptimizationLevel(options.level().runtime);
        // What fails is told by exceptions; the runtime's own lines would only repeat it.
        configured.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
        configured.addConfigEntry("session.force_spinning_stop", "1");
        configured.addConfigEntry("session.set_denormal_as_zero", "1");
        if (options.optimizedModel() != null) {
            configured.setOptimizedModelFilePath(options.optimizedModel().toString());
        }
    }

    void close() {
        try {
            session.close();
        } catch (OrtException e) {
            throw new InferenceException("a session could not be closed: " + OnnxSession.reason(e), e);
        } finally {
            options.close();
        }
    }
}
