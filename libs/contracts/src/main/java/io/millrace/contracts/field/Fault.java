package io.millrace.contracts.field;

/**
 * One thing wrong with a job specification.
 *
 * @param field path in the specification: {@code recipe[0].compress.mac-ratios[1]}
 * @param message what is wrong and what would be right
 */
public record Fault(String field, String message) {
    @Override
    public String toString() {
        return field + ": " + message;
    }
}
