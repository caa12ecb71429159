package io.millrace.selection;

/**
 * One way to make a part of a network smaller.
 *
 * @param ratio share of the part that it leaves, by cost or by size
 * @param change what the whole network costs more (or, negative, less) for it; {@link Cost#NONE} where costs of parts do
 *     not add up, see {@link NetworkCost}
 */
public record PartOption(double ratio, Cost change) {

    /** One whose cost depends on what is chosen for other parts. */
    public static PartOption ofRatio(double ratio) {
        return new PartOption(ratio, Cost.NONE);
    }
}
