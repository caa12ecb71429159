package io.millrace.standalone.cli;

import io.millrace.compression.CompressionOffer;
import io.millrace.compression.CompressionOffer.OfferedPart;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What methods of compression offer for a network, as text for a terminal. */
final class OfferText {
    private static final int NAMED = 3;

    private OfferText() {}

    /** For each method the parts it can make smaller and how far, and its reasons to leave others alone. */
    static String render(List<CompressionOffer> offers) {
        StringBuilder text = new StringBuilder("What can be made smaller, and the least that is left of it:\n");
        for (CompressionOffer offer : offers) {
            text.append("  ")
                    .append(offer.method())
                    .append(": ")
                    .append(parts(offer))
                    .append('\n');
            reasons(offer.declined()).forEach((reason, names) -> text.append("    not ")
                    .append(some(names))
                    .append(": ")
                    .append(reason)
                    .append('\n'));
        }
        return text.toString();
    }

    private static String parts(CompressionOffer offer) {
        return offer.parts().isEmpty()
                ? "nothing"
                : offer.parts().stream().map(OfferText::part).collect(Collectors.joining(", "));
    }

    private static String part(OfferedPart part) {
        return "%s %.2f".formatted(part.name(), part.ratios().get(part.ratios().size() - 1));
    }

    private static Map<String, List<String>> reasons(Map<String, String> declined) {
        Map<String, List<String>> byReason = new LinkedHashMap<>();
        declined.forEach((name, reason) ->
                byReason.computeIfAbsent(reason, none -> new ArrayList<>()).add(name));
        return byReason;
    }

    private static String some(List<String> names) {
        return names.stream().limit(NAMED).collect(Collectors.joining(", "))
                + (names.size() > NAMED ? " and " + (names.size() - NAMED) + " more" : "");
    }
}
