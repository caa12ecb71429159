package io.millrace.compression;

import io.millrace.contracts.field.Spelling;
import java.util.Collection;
import java.util.stream.Collectors;

/** A parameter asks for what this network, or this job's data, does not have. */
public final class InvalidRequestException extends RuntimeException {
    private static final int SHOWN = 10;

    /**
     * @param field as jobs write it: {@code layers.conv1}
     * @param reason what is wrong, and what would be right
     */
    public InvalidRequestException(String field, String reason) {
        super(field + ": " + reason);
    }

    /**
     * A name that the network does not have.
     *
     * @param field that names it
     * @param known the names there are
     */
    public static InvalidRequestException unknown(String field, String name, Collection<String> known) {
        return new InvalidRequestException(
                field + "." + name,
                "the network has no such part" + Spelling.hint(name, known) + "; it has "
                        + known.stream().limit(SHOWN).collect(Collectors.joining(", "))
                        + (known.size() > SHOWN ? " and " + (known.size() - SHOWN) + " more" : ""));
    }
}
