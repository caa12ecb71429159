package io.millrace.contracts.field;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Guesses what a misspelt word was meant to be. */
public final class Spelling {
    private Spelling() {}

    /** {@code  (did you mean "epochs"?)}, or nothing if no known word is near. */
    public static String hint(String word, Collection<String> known) {
        return nearest(word, known)
                .map(meant -> " (did you mean \"" + meant + "\"?)")
                .orElse("");
    }

    private static Optional<String> nearest(String word, Collection<String> known) {
        int allowed = Math.max(2, word.length() / 3);
        String plain = word.toLowerCase().replace('_', '-');
        return known.stream()
                .filter(candidate -> distance(plain, candidate) <= allowed)
                .min(Comparator.comparingInt(candidate -> distance(plain, candidate)));
    }

    /** Levenshtein distance. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
