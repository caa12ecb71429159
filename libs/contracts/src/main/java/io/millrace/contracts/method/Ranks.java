package io.millrace.contracts.method;

/** How ranks are chosen. */
public enum Ranks implements NamedChoice {
    /** One threshold of loss for all layers, as AIMET does. */
    GREEDY,
    /** Least sum of losses. */
    LAGRANGE,
    /** One ratio for all layers, unmeasured. */
    UNIFORM
}
