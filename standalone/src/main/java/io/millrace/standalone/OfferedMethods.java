package io.millrace.standalone;

import java.util.List;

/** What the services of this installation can do to a layer, by the names of inspection's columns. */
public final class OfferedMethods {
    public static final List<String> ALL = List.of("spatial-svd", "prune-out", "prune-in", "quantize");

    private OfferedMethods() {}
}
