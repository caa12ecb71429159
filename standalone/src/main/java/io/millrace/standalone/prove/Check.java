package io.millrace.standalone.prove;

/**
 * One transformation of a user's network, compared with what it must equal.
 *
 * @param verb {@code cut}: channels removed against the same set to zero; {@code split}: a layer in two at full rank
 *     against the layer; {@code fold}: batch normalisations folded against not
 * @param subject the channel group or layer
 * @param difference largest difference of any output, relative to that output's largest magnitude; NaN if not compared
 * @param trouble why it could not be compared; {@code null} if it was
 */
public record Check(String verb, String subject, double difference, String trouble) {
    /** Single precision, summed in another order, through a whole network. */
    public static final double CUT_TOLERANCE = 1e-5;
    /** A decomposition adds the rounding of its factors. */
    public static final double SPLIT_TOLERANCE = 1e-4;

    /** Whether the transformation is proven on this network. */
    public boolean holds() {
        return difference <= (verb.equals("cut") ? CUT_TOLERANCE : SPLIT_TOLERANCE);
    }
}
