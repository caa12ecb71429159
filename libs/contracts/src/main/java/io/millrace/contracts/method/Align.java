package io.millrace.contracts.method;

/** What the parameter {@code align} of a method takes. */
public final class Align {
    public static final String RUNTIME = "runtime";
    public static final String PATTERN = RUNTIME + "|[1-9][0-9]{0,5}";
    public static final String MESSAGE = "must be \"runtime\" or a whole number, at least 1";
    public static final String DESCRIPTION =
            "runtime: counts on which the runtime is fast; a number: multiples of it; 1: any";

    private Align() {}
}
