package io.millrace.inference;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import java.lang.reflect.Field;
import java.lang.reflect.Method;

/**
 * ONNX Runtime's environment, which every session needs as long as it lives. Its Java binding closes it in a shutdown
 * hook of its own, beside whatever still runs then: sessions at work would lose their logger and end the process with an
 * abort instead of the code it was to end with. The native environment counts who holds it, so one hold that is never
 * given back keeps it until the process is gone.
 */
final class Environment {
    private static final OrtEnvironment INSTANCE = held();

    private Environment() {}

    static OrtEnvironment get() {
        return INSTANCE;
    }

    private static OrtEnvironment held() {
        OrtLoggingLevel level = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR;
        OrtEnvironment environment = OrtEnvironment.getEnvironment(level, "millrace");
        try {
            // The runtime would report names of models and their producers to its makers.
            environment.setTelemetry(false);
        } catch (OrtException e) {
            throw new IllegalStateException("the runtime's telemetry cannot be switched off", e);
        }
        try {
            Field api = Class.forName("ai.onnxruntime.OnnxRuntime").getDeclaredField("ortApiHandle");
            Method hold = OrtEnvironment.class.getDeclaredMethod("createHandle", long.class, int.class, String.class);
            api.setAccessible(true);
            hold.setAccessible(true);
            hold.invoke(null, api.getLong(null), level.getValue(), "millrace");
        } catch (ReflectiveOperationException | RuntimeException e) {
            // Another release of the binding: everything works but a stop in the middle of a run.
            System.getLogger(Environment.class.getName())
                    .log(System.Logger.Level.DEBUG, "the environment cannot be held", e);
        }
        return environment;
    }
}
