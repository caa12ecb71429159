package io.millrace.standalone;

import io.millrace.standalone.cli.Interruption;
import io.millrace.standalone.cli.MillraceCommand;
import io.quarkus.runtime.annotations.QuarkusMain;

/** The command line. Only {@code run} and {@code up} start services in this JVM; the other commands stay light. */
@QuarkusMain
public class Millrace {
    public static void main(String... args) {
        Interruption.watch(Thread.currentThread());
        int exitCode = MillraceCommand.execute(args);
        if (computing()) {
            // Deep in native code, which the JVM's shutdown hooks would close under it.
            System.out.flush();
            System.err.flush();
            Runtime.getRuntime().halt(exitCode);
        }
        System.exit(exitCode);
    }

    /** Whether a thread of ours is still at work although everything was closed. */
    private static boolean computing() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().startsWith("millrace-"));
    }
}
