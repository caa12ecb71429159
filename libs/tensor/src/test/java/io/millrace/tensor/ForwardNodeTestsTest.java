package io.millrace.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.nodetests.Binding;
import io.millrace.onnx.nodetests.NodeTest;
import io.millrace.onnx.nodetests.Passing;
import io.millrace.tensor.operator.Mappings;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The official node tests of the operators that have a mapping, against the forward pass. */
class ForwardNodeTestsTest {
    private static final Path LIST = Path.of("../onnx/src/test/resources/node-tests/forward.txt");
    private static final String WRONG = "wrong: ";
    private static final String THROWN = "thrown: ";

    /** ONNX Runtime gives another result than the test, and so does this library. */
    private static final Set<String> UNLIKE_ONNX_RUNTIME = Set.of(
            // The scale of corners is taken from the whole number of outputs, not from the product it is cut from.
            "test_resize_downsample_scales_linear_align_corners");

    private final Set<String> passed = new TreeSet<>();
    private final Map<String, String> failed = new TreeMap<>();

    @Test
    void forwardGivesTheirResults() {
        Set<String> tried = new TreeSet<>();
        Set<String> right = new TreeSet<>();
        for (NodeTest test : NodeTest.all()) {
            if (isClaimed(test)) {
                String failure = forward(test);
                Set<String> operators = operators(test);
                tried.addAll(operators);
                if (failure == null) {
                    passed.add(test.name());
                    right.addAll(operators);
                } else {
                    failed.put(test.name(), failure);
                }
            }
        }

        new Passing(LIST).check(passed, failed);
        assertThat(failed).as("results that are wrong").allSatisfy((name, reason) -> assertThat(reason)
                .doesNotStartWith(WRONG)
                .doesNotStartWith(THROWN));
        assertThat(right.size()).as("operators %s of %s", right, tried).isGreaterThanOrEqualTo(tried.size() * 95 / 100);
    }

    private static boolean isClaimed(NodeTest test) {
        return !UNLIKE_ONNX_RUNTIME.contains(test.name())
                && test.isOfNumbers()
                && Mappings.names().containsAll(operators(test))
                && test.model().getGraph().getNodeList().stream()
                        .allMatch(node -> node.getDomain().isEmpty())
                && test.outputs().values().stream().anyMatch(t -> t.type().isFloatingPoint());
    }

    private static Set<String> operators(NodeTest test) {
        Set<String> operators = new TreeSet<>();
        test.model()
                .getGraph()
                .getNodeList()
                .forEach(node -> operators.add(Node.of(node).op()));
        operators.remove("Constant");
        return operators;
    }

    private static String forward(NodeTest test) {
        OnnxModel model;
        try {
            model = Binding.ofIntegers(test);
            if (!DifferentiableModel.unsupported(model).isEmpty()) {
                return "not offered: " + DifferentiableModel.unsupported(model);
            }
        } catch (RuntimeException e) {
            return "refused: " + e;
        }
        try (DifferentiableModel differentiable = DifferentiableModel.of(model, TrainingOptions.withThreads(1))) {
            Map<String, Tensor> results = differentiable.forward(Binding.left(test, model));
            for (String output : test.outputs().keySet()) {
                String difference = difference(test.outputs().get(output), results.get(output));
                if (difference != null) {
                    return WRONG + output + " " + difference;
                }
            }
            return null;
        } catch (UnsupportedOperatorException e) {
            return "not offered: " + e.getMessage();
        } catch (RuntimeException e) {
            return THROWN + e;
        }
    }

    private static String difference(Tensor expected, Tensor actual) {
        if (!java.util.Arrays.equals(expected.dims(), actual.dims())) {
            return "is " + actual + ", not " + expected;
        }
        double tolerance =
                switch (expected.type()) {
                    case BFLOAT16 -> 2e-2;
                    case FLOAT16 -> 3e-3;
                    default -> NodeTest.RELATIVE_TOLERANCE;
                };
        float[] wanted = expected.floats();
        float[] found = actual.floats();
        for (int i = 0; i < wanted.length; i++) {
            boolean equal = Float.compare(wanted[i], found[i]) == 0
                    || Math.abs(wanted[i] - found[i]) <= 1e-7 + tolerance * Math.abs(wanted[i]);
            if (!equal) {
                return "[" + i + "] is " + found[i] + ", not " + wanted[i];
            }
        }
        return null;
    }
}
