package io.millrace.selection;

import java.util.Arrays;
import java.util.List;

/** What a network is counted by, and the name of what asks for less of it. */
public enum Measure {
    /** Multiply-accumulates of one sample. */
    MACS("mac-ratio"),
    /** Trained values. */
    PARAMETERS("parameter-ratio"),
    /** Bytes of all stored tensors. */
    BYTES("size-ratio"),
    /** Nanoseconds of one run. */
    TIME("speed-up");

    private final String target;

    Measure(String target) {
        this.target = target;
    }

    /** The name of its target in jobs: {@code mac-ratio}, ...; a share of what it is now, but a multiple of the speed. */
    public String target() {
        return target;
    }

    /** @throws IllegalArgumentException if no measure has a target of this name */
    public static Measure ofTarget(String name) {
        return Arrays.stream(values())
                .filter(measure -> measure.target.equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "\"" + name + "\" is no target; there are " + String.join(", ", targets())));
    }

    /** The names of all targets. */
    public static List<String> targets() {
        return Arrays.stream(values()).map(Measure::target).toList();
    }
}
