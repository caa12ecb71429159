package io.millrace.contracts.job;

import io.millrace.contracts.job.Fields.Range;
import java.util.List;

/** A parameter of a method: its name, and what a right value is. The check notes the fault. */
record Parameter(String name, Check check) {

    /** Looks at one field, and notes a fault if its value is wrong. */
    interface Check {
        void look(Fields fields, String name);
    }

    static Parameter number(String name, Range range) {
        return new Parameter(name, (fields, field) -> fields.number(field, range));
    }

    static Parameter count(String name, int least) {
        return new Parameter(name, (fields, field) -> fields.count(field, least));
    }

    static Parameter flag(String name) {
        return new Parameter(name, Fields::flag);
    }

    static Parameter choice(String name, String... allowed) {
        return new Parameter(name, (fields, field) -> fields.oneOf(field, List.of(allowed)));
    }

    static Parameter choices(String name, String... allowed) {
        return new Parameter(name, (fields, field) -> {
            var elements = fields.list(field);
            for (int i = 0; i < elements.size(); i++) {
                String element = elements.get(i).asText();
                if (!List.of(allowed).contains(element)) {
                    fields.fault(
                            field + "[" + i + "]",
                            "\"" + element + "\" is none of " + String.join(", ", allowed)
                                    + Spelling.hint(element, List.of(allowed)));
                }
            }
        });
    }

    /** One that the documents name but nothing follows yet: refused, so that nobody relies on it. */
    static Parameter notYet(String name) {
        return new Parameter(name, (fields, field) -> {
            if (fields.get(field) != null) {
                fields.fault(field, "is not offered yet; leave it out");
            }
        });
    }

    static Parameter only(String name, int allowed) {
        return new Parameter(name, (fields, field) -> {
            var value = fields.get(field);
            if (value != null && !(value.isInt() && value.intValue() == allowed)) {
                fields.fault(field, "must be " + allowed);
            }
        });
    }

    /** {@code runtime}, or a number of channels. */
    static Parameter align() {
        return new Parameter("align", (fields, field) -> {
            var value = fields.get(field);
            if (value != null && !"runtime".equals(value.asText()) && !(value.isInt() && value.intValue() >= 1)) {
                fields.fault(field, "must be \"runtime\" or a whole number, at least 1");
            }
        });
    }

    static Parameter object(String name, Parameter... fields) {
        return new Parameter(name, (outer, field) -> {
            try (Fields inner = outer.object(field)) {
                for (Parameter parameter : fields) {
                    parameter.check.look(inner, parameter.name);
                }
            }
        });
    }
}
