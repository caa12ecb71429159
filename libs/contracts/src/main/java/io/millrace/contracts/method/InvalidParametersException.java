package io.millrace.contracts.method;

import io.millrace.contracts.field.Fault;
import java.util.List;
import java.util.stream.Collectors;

/** Parameters that are not taken, with everything that is wrong with them. */
public final class InvalidParametersException extends Exception {
    InvalidParametersException(List<Fault> faults) {
        super(faults.stream().map(Fault::toString).collect(Collectors.joining("; ")));
    }
}
