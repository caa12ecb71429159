package io.millrace.standalone.cli;

import java.util.concurrent.TimeUnit;
import sun.misc.Signal;

/**
 * What is done when somebody presses Ctrl-C or asks the process to end: the command is interrupted and unwinds in its own
 * order, while the JVM still works; a second time ends everything at once. (The JVM's own way runs all shutdown hooks at
 * the same time, so that the runtimes of the models are closed under the tasks that use them.)
 */
public final class Interruption {
    private static final int LONGEST_UNWINDING_SECONDS = 40;
    private static volatile int exitCode;

    private Interruption() {}

    /** From now on a signal interrupts this thread, which runs a command. */
    public static void watch(Thread command) {
        for (String name : new String[] {"INT", "TERM", "HUP"}) {
            Signal.handle(new Signal(name), signal -> arrived(signal, command));
        }
    }

    /** Whether a signal has come: then whatever a command throws is only the way out. */
    static boolean happened() {
        return exitCode != 0;
    }

    /** As shells count it: 130 after Ctrl-C. */
    static int exitCode() {
        return exitCode;
    }

    private static void arrived(Signal signal, Thread command) {
        if (happened()) {
            end();
        }
        exitCode = 128 + signal.getNumber();
        System.err.println("\nStopping; once more to end at once.");
        Thread limit = new Thread(Interruption::endLate, "stop-limit");
        limit.setDaemon(true);
        limit.start();
        command.interrupt();
    }

    private static void endLate() {
        try {
            TimeUnit.SECONDS.sleep(LONGEST_UNWINDING_SECONDS);
            end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void end() {
        Runtime.getRuntime().halt(exitCode);
    }
}
