package io.millrace.compression;

/** A parameter asks for what this network, or this job's data, does not have. */
public final class InvalidRequestException extends RuntimeException {

    /**
     * @param field as jobs write it: {@code layers.conv1}
     * @param reason what is wrong, and what would be right
     */
    public InvalidRequestException(String field, String reason) {
        super(field + ": " + reason);
    }
}
