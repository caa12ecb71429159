package io.millrace.onnx.output;

import java.util.Arrays;
import java.util.stream.Collectors;

/** What the numbers of an output are. Written in small letters with dashes in jobs and {@code dataset.json}. */
public enum OutputKind {
    /** [N, K]: one number a class, any size; the largest is the answer. Logits, also logarithms of probabilities. */
    CLASS_SCORES,
    /** [N, K]: one probability a class, together 1. */
    PROBABILITIES,
    /** [N] or [N, 1]: one number that tells two classes apart, a probability or a logit. */
    BINARY_SCORE,
    /** [N, K]: a score for each of K questions that do not exclude each other (several labels a sample). */
    INDEPENDENT_SCORES,
    /** Scores or probabilities of classes along one axis, for every place of a map or step of a sequence. */
    CLASS_MAP,
    /** Whole numbers: the choices themselves. */
    CLASS_INDICES,
    /** What a detector found; how much depends on the sample. */
    BOXES,
    /** Numbers that count as such: regressions, images, states. */
    VALUES,
    /** [N, K]: a direction; its length means nothing. */
    EMBEDDING;

    /** {@return as users write it: {@code class-scores}} */
    public String word() {
        return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
    }

    /**
     * {@return the kind of this word}
     *
     * @param word such as {@code class-scores}
     * @throws IllegalArgumentException naming those there are
     */
    public static OutputKind of(String word) {
        return Arrays.stream(values())
                .filter(kind -> kind.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("'" + word + "' is no kind of output; there are "
                        + Arrays.stream(values()).map(OutputKind::word).collect(Collectors.joining(", "))));
    }

    /** {@return what agreement with another network's output of this kind is, for people} */
    public String agreement() {
        return switch (this) {
            case CLASS_SCORES, PROBABILITIES -> "share of equal first choices";
            case CLASS_MAP -> "share of places with equal first choices";
            case BINARY_SCORE -> "share of equal answers";
            case INDEPENDENT_SCORES -> "F1 of what is answered yes";
            case CLASS_INDICES -> "share of equal choices";
            case EMBEDDING -> "R2 of the directions";
            case VALUES -> "R2";
            case BOXES -> "left out: what is found differs in number";
        };
    }

    /** {@return whether a sample's label is the index of a class that this output scores} */
    public boolean answersClassLabels() {
        return this == CLASS_SCORES || this == PROBABILITIES || this == BINARY_SCORE;
    }
}
