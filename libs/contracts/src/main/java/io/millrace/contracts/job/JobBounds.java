package io.millrace.contracts.job;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.contracts.field.Fault;
import io.millrace.contracts.field.Fields;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/** How large a job may be. Looked at before anything of it is copied, so that a hostile one costs nothing. */
final class JobBounds {
    static final int MOST_CHARACTERS = 256 * 1024;
    static final int MOST_VALUES = 10_000;
    static final int DEEPEST = 32;
    static final int LONGEST_TEXT = 1024;
    static final int MOST_ROUNDS = 16;
    static final int MOST_CANDIDATES = 500;
    static final int MOST_FAULTS = 100;

    private JobBounds() {}

    private record Place(JsonNode node, int depth) {}

    /** What is too much about a specification, whatever it says. Takes no recursion, and ends at the first excess. */
    static Optional<Fault> excess(JsonNode tree) {
        Deque<Place> open = new ArrayDeque<>(List.of(new Place(tree, 0)));
        int values = 0;
        long characters = 0;
        while (!open.isEmpty()) {
            Place place = open.pop();
            JsonNode node = place.node();
            int length = node.isTextual() ? node.textValue().length() : 0;
            characters += length;
            if (length > LONGEST_TEXT) {
                return fault("holds a text of " + length + " characters; at most " + LONGEST_TEXT + " are allowed");
            }
            if (place.depth() > DEEPEST) {
                return fault("is nested more than " + DEEPEST + " deep");
            }
            var names = node.fieldNames();
            while (names.hasNext()) {
                characters += names.next().length();
            }
            values += node.size();
            if (values > MOST_VALUES || characters > MOST_CHARACTERS) {
                return fault("has more than " + MOST_VALUES + " values or " + MOST_CHARACTERS + " characters");
            }
            node.forEach(child -> open.push(new Place(child, place.depth() + 1)));
        }
        return Optional.empty();
    }

    /** Notes a recipe that is too long, or would make too many candidates. */
    static void check(Fields job, List<JobSpec.Round> recipe) {
        if (recipe.size() > MOST_ROUNDS) {
            job.fault("recipe", "has " + recipe.size() + " rounds; at most " + MOST_ROUNDS + " are allowed");
            return;
        }
        long inputs = 1;
        long candidates = 0;
        for (JobSpec.Round round : recipe) {
            if (round.step() == null) {
                return;
            }
            long made = inputs * ratios(round.step());
            candidates += made;
            Integer top = round.keep().top();
            inputs = top == null ? made : Math.min(top, made);
        }
        if (candidates > MOST_CANDIDATES) {
            job.fault(
                    "recipe",
                    "would make " + candidates + " candidates; at most " + MOST_CANDIDATES
                            + " are allowed: give fewer ratios, or keep fewer candidates of a round (keep.top)");
        }
    }

    /** At most {@link #MOST_FAULTS} of them, and how many more there are. */
    static List<Fault> bounded(List<Fault> faults) {
        if (faults.size() <= MOST_FAULTS) {
            return faults;
        }
        List<Fault> some = new ArrayList<>(faults.subList(0, MOST_FAULTS));
        some.add(new Fault("job", "and " + (faults.size() - MOST_FAULTS) + " more faults"));
        return some;
    }

    private static int ratios(JobSpec.Step step) {
        JsonNode several = step.parameters().path("mac-ratios");
        JsonNode one = step.parameters().path("mac-ratio");
        return Math.max(1, Math.max(several.size(), one.size()));
    }

    private static Optional<Fault> fault(String message) {
        return Optional.of(new Fault("job", message));
    }
}
