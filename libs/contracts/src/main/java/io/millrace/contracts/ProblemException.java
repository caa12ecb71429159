package io.millrace.contracts;

import io.millrace.contracts.Problem.Kind;
import io.millrace.contracts.field.Fault;
import java.util.List;

/** A request over HTTP that is refused; its problem is the answer. */
public final class ProblemException extends RuntimeException {
    private final transient Problem problem;

    public ProblemException(Kind kind, String detail) {
        this(Problem.of(kind, detail));
    }

    public ProblemException(Kind kind, String detail, List<Fault> faults) {
        this(Problem.of(kind, detail, faults));
    }

    private ProblemException(Problem problem) {
        super(problem.detail());
        this.problem = problem;
    }

    public static ProblemException noJob(String id) {
        return new ProblemException(Kind.NOT_FOUND, "there is no job \"" + id + "\"");
    }

    public Problem problem() {
        return problem;
    }
}
