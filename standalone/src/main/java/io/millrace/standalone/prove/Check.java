package io.millrace.standalone.prove;

/**
 * One transformation of a user's network, compared with what it must equal.
 *
 * @param verb {@code cut}: channels removed against the same set to zero; {@code split}: a layer in two at full rank
 *     against the layer; {@code fold}: batch normalisations folded against not
 * @param subject the channel group or layer
 * @param difference largest difference of any output, relative to that output's largest magnitude; NaN if not compared
 * @param tolerance the largest difference that rounding explains
 * @param trouble why it could not be compared; {@code null} if it was
 */
public record Check(String verb, String subject, double difference, double tolerance, String trouble) {

    /** Whether the transformation is proven on this network. */
    public boolean holds() {
        return difference <= tolerance;
    }
}
