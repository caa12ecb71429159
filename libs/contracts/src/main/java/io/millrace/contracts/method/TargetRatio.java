package io.millrace.contracts.method;

import java.util.List;
import java.util.Set;

/** How much smaller a model is to be, as {@code compress} rounds say it of every method. */
public final class TargetRatio {
    public static final String ONE = "mac-ratio";
    public static final String SEVERAL = "mac-ratios";

    /** Stands for the objective's ratio / the candidate's own. */
    public static final String COMPLEMENT = "complement";

    static final String DESCRIPTION =
            "MACs left over / the original's; complement: what is still missing of the" + " objective's mac-ratio";

    /** What else than MACs may be asked for. */
    public static final List<String> OTHER_TARGETS = List.of("parameter-ratio", "size-ratio", "speed-up");

    /** What a round of a recipe looks at itself, whatever the method. */
    public static final Set<String> READ_BY_THE_ROUND = Set.of("method", ONE, SEVERAL);

    private TargetRatio() {}
}
