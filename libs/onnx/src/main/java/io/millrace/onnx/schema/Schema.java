package io.millrace.onnx.schema;

import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What ONNX says of one version of an operator.
 *
 * @param since the operator set in which this version came
 * @param inputs how many inputs it takes
 * @param outputs how many outputs it gives
 * @param deprecated whether it is gone since this version
 * @param attributes by name
 * @param inputTypes the formal inputs, in order
 * @param outputTypes the formal outputs, in order
 * @param typeParameters the types that a type parameter may stand for, by its name
 */
public record Schema(
        String name,
        long since,
        Count inputs,
        Count outputs,
        boolean deprecated,
        Map<String, Attribute> attributes,
        List<Formal> inputTypes,
        List<Formal> outputTypes,
        Map<String, Set<String>> typeParameters) {

    /** A number of inputs or outputs, both ends included. */
    public record Count(int least, int most) {
        /**
         * {@return whether this many are allowed}
         *
         * @param count of inputs or outputs
         */
        public boolean holds(int count) {
            return count >= least && count <= most;
        }

        @Override
        public String toString() {
            return least == most
                    ? String.valueOf(least)
                    : most == Integer.MAX_VALUE ? least + " or more" : least + " to " + most;
        }
    }

    /** What kind of attribute it is, and whether it has to be given. */
    public record Attribute(AttributeType type, boolean required) {}

    /**
     * An input or output as declared.
     *
     * @param type a type parameter, or a type itself, such as {@code int64}
     * @param optional whether it may be left out
     * @param variadic whether it stands for any number of them
     * @param mixed whether those may be of different types
     */
    public record Formal(String type, boolean optional, boolean variadic, boolean mixed) {}

    /**
     * {@return what is declared of the i-th input; {@code null} beyond the last}
     *
     * @param i number of the input, from 0
     */
    public Formal input(int i) {
        return at(inputTypes, i);
    }

    /**
     * {@return what is declared of the i-th output; {@code null} beyond the last}
     *
     * @param i number of the output, from 0
     */
    public Formal output(int i) {
        return at(outputTypes, i);
    }

    private static Formal at(List<Formal> formals, int i) {
        if (formals.isEmpty()) {
            return null;
        }
        Formal last = formals.get(formals.size() - 1);
        return i < formals.size() ? formals.get(i) : last.variadic() ? last : null;
    }
}
