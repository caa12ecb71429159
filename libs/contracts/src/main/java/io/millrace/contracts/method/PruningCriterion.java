package io.millrace.contracts.method;

/** Which channels matter least. */
public enum PruningCriterion implements NamedChoice {
    L1,
    L2,
    BN_SCALE,
    GEOMETRIC_MEDIAN,
    RANDOM
}
