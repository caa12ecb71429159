package io.millrace.onnx.operator;

import io.millrace.onnx.Node;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/** The operators that are known, by domain and name. */
public final class Operators {
    /** ONNX Runtime's own operators. */
    public static final String MICROSOFT = "com.microsoft";

    private static final Operator UNKNOWN = new Operator("");
    private static final Map<String, Operator> STANDARD = new ConcurrentHashMap<>();
    private static final Map<String, Operator> RUNTIME = new ConcurrentHashMap<>();

    /** What a family is declaring: seen by others once it is complete. */
    private static final Map<String, Operator> NEW_STANDARD = new HashMap<>();

    private static final Map<String, Operator> NEW_RUNTIME = new HashMap<>();

    /** The families that have not declared their operators yet; those that most networks have come first. */
    private static final Deque<Runnable> FAMILIES = new ArrayDeque<>(List.of(
            Convolution::declare,
            Normalization::declare,
            Activation::declare,
            Arithmetic::declare,
            Pooling::declare,
            MatrixProduct::declare,
            Generator::declare,
            Reshape::declare,
            Transpose::declare,
            Concat::declare,
            Conversion::declare,
            NumberFunction::declare,
            Gather::declare,
            Squeeze::declare,
            Slicing::declare,
            Softmax::declare,
            Reduction::declare,
            Split::declare,
            Expand::declare,
            Pad::declare,
            Resize::declare,
            Quantization::declare,
            Comparison::declare,
            Selection::declare,
            Recurrent::declare,
            AttentionProduct::declare,
            EinsumProduct::declare,
            SequenceSplit::declare,
            DepthToSpace::declare,
            Sampling::declare,
            RunningSum::declare,
            ControlFlow::declare));

    private Operators() {}

    /**
     * {@return what is known of a node's operator} An operator that nobody declared is known by nothing.
     *
     * @param node any node
     */
    public static Operator of(Node node) {
        return switch (node.domain()) {
            case "" -> of(node.op(), STANDARD);
            case MICROSOFT -> of(node.op(), RUNTIME);
            default -> UNKNOWN;
        };
    }

    /**
     * {@return whether anything is known of a node's operator}
     *
     * @param node any node
     */
    public static boolean know(Node node) {
        return of(node) != UNKNOWN;
    }

    /** {@return all operators of the standard domain that are known} */
    public static List<Operator> standard() {
        declareUntil(() -> false);
        return STANDARD.values().stream()
                .sorted(Comparator.comparing(Operator::name))
                .toList();
    }

    private static Operator of(String name, Map<String, Operator> domain) {
        Operator operator = domain.get(name);
        if (operator == null) {
            // A command line that looks at one network needs few families; each costs a millisecond or two.
            declareUntil(() -> domain == STANDARD && STANDARD.containsKey(name));
            operator = domain.getOrDefault(name, UNKNOWN);
        }
        return operator;
    }

    private static synchronized void declareUntil(BooleanSupplier found) {
        while (!FAMILIES.isEmpty() && !found.getAsBoolean()) {
            FAMILIES.remove().run();
            STANDARD.putAll(NEW_STANDARD);
            RUNTIME.putAll(NEW_RUNTIME);
            NEW_STANDARD.clear();
            NEW_RUNTIME.clear();
            if (FAMILIES.isEmpty()) {
                STANDARD.forEach((name, operator) -> RUNTIME.computeIfAbsent(name, n -> operator.lent()));
            }
        }
    }

    /** Declares an operator of the standard domain. */
    static Operator standard(String name) {
        return NEW_STANDARD.computeIfAbsent(name, Operator::new);
    }

    /** Declares an operator of ONNX Runtime's domain. */
    static Operator runtime(String name) {
        return NEW_RUNTIME.computeIfAbsent(name, Operator::new);
    }
}
