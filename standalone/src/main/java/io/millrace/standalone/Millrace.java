package io.millrace.standalone;

import io.millrace.standalone.cli.MillraceCommand;
import io.quarkus.runtime.annotations.QuarkusMain;

/** The command line. Only {@code run} and {@code up} start services in this JVM; the other commands stay light. */
@QuarkusMain
public class Millrace {
    public static void main(String... args) {
        System.exit(MillraceCommand.execute(args));
    }
}
