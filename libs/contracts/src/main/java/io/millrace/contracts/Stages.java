package io.millrace.contracts;

import java.util.List;

/** The stages that ship with Millrace; a recipe may name others, see {@link Topics#tasks}. */
public final class Stages {
    public static final String SVD = "svd";
    public static final String PRUNING = "pruning";
    public static final String FINETUNE = "finetune";
    public static final String QUANT = "quant";
    public static final String EVALUATION = "evaluation";

    public static final List<String> BUILT_IN = List.of(SVD, PRUNING, FINETUNE, QUANT, EVALUATION);

    private Stages() {}
}
