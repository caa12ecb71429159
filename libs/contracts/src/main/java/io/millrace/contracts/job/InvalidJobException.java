package io.millrace.contracts.job;

import io.millrace.contracts.field.Fault;
import java.util.List;
import java.util.stream.Collectors;

/** A job specification that is not accepted, with everything that is wrong with it. */
public final class InvalidJobException extends Exception {
    private final transient List<Fault> faults;

    public InvalidJobException(List<Fault> faults) {
        super(faults.stream().map(Fault::toString).collect(Collectors.joining("\n")));
        this.faults = List.copyOf(faults);
    }

    /** Every fault, in the order of the specification; never empty. */
    public List<Fault> faults() {
        return faults;
    }
}
