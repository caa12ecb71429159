package io.millrace.compression;

import io.millrace.selection.NetworkPart;
import java.util.List;
import java.util.Map;

/**
 * What a method can do to one network, with its parameters at their defaults.
 *
 * @param method as jobs write it
 * @param parts that it can make smaller, in execution order
 * @param declined why the others stay as they are, by name
 */
public record CompressionOffer(String method, List<OfferedPart> parts, Map<String, String> declined) {

    /**
     * A part that can be made smaller.
     *
     * @param ratios the share of it that each option leaves, from the mildest to the harshest
     */
    public record OfferedPart(String name, List<Double> ratios) {}

    static CompressionOffer of(String method, CompressionPlan plan) {
        return new CompressionOffer(
                method, plan.parts().stream().map(CompressionOffer::offered).toList(), plan.declined());
    }

    private static OfferedPart offered(NetworkPart part) {
        return new OfferedPart(part.name(), part.ratios());
    }
}
