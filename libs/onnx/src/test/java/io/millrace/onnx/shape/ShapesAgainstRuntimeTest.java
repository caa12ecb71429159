package io.millrace.onnx.shape;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OrtException;
import io.millrace.onnx.Corpus;
import io.millrace.onnx.InvalidModelException;
import io.millrace.onnx.Node;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.RuntimeRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is inferred equals what ONNX Runtime makes when it runs, for every value of every network. */
class ShapesAgainstRuntimeTest {
    /** Operators whose output sizes depend on data, or whose shapes are not followed. */
    private static final Set<String> OPEN = Set.of("Loop", "Scan", "NonZero", "NonMaxSuppression", "Compress");

    static List<Path> networks() {
        return Corpus.files();
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("networks")
    void equalWhatTheRuntimeMakes(Path file) throws OrtException {
        OnnxModel model = readable(file);
        Shapes open = Shapes.infer(model);
        Map<String, long[]> sizes = sizes(model, open);
        Map<String, Shape> truth = truth(file, model, sizes);

        Shapes inferred = Shapes.infer(model, sizes);

        Set<String> allowed = open(model, inferred);
        List<String> wrong = new ArrayList<>();
        truth.forEach((value, shape) -> {
            Shape found = inferred.of(value).orElse(null);
            if (found == null ? !allowed.contains(value) : !agree(found, shape, new HashMap<>())) {
                wrong.add(value + " of " + producer(model, value) + ": " + found + ", runtime: " + shape + " "
                        + (found == null
                                ? inferred.unknown().values().stream().limit(2).toList()
                                : found.type() + "/" + shape.type()));
            }
        });
        assertThat(wrong.subList(0, Math.min(5, wrong.size())))
                .as("%d values", wrong.size())
                .isEmpty();
        Map<String, Long> symbols = new TreeMap<>();
        truth.forEach((value, shape) -> {
            Shape found = open.of(value).orElse(null);
            if (found != null && !agree(found, shape, symbols)) {
                wrong.add(value + " of " + producer(model, value) + ": " + found + ", runtime: " + shape + symbols);
            }
        });
        assertThat(wrong).as("with open sizes").isEmpty();
    }

    /** Networks of others may not run with the sizes that are made up here; our own do. */
    private static Map<String, Shape> truth(Path file, OnnxModel model, Map<String, long[]> sizes) throws OrtException {
        try {
            return RuntimeRun.shapes(model, sizes);
        } catch (OrtException e) {
            Assumptions.assumeTrue(file.toString().contains("test-classes"), e.getMessage());
            throw e;
        }
    }

    private static OnnxModel readable(Path file) {
        try {
            return OnnxModel.read(file);
        } catch (InvalidModelException e) {
            Assumptions.abort("refused: " + e.getMessage());
            throw e;
        }
    }

    /** Known sizes are equal, and every formula has one size wherever it stands. */
    private static boolean agree(Shape found, Shape truth, Map<String, Long> symbols) {
        if (found.type() != truth.type() || found.rank() != truth.rank()) {
            return false;
        }
        for (int i = 0; i < truth.rank(); i++) {
            long size = truth.dim(i).value();
            Dim dim = found.dim(i);
            if (dim.known()
                    ? dim.value() != size
                    : symbols.merge(dim.symbol(), size, (a, b) -> a.equals(b) ? a : -1) != size) {
                return false;
            }
        }
        return true;
    }

    /** The values that come, however far behind, out of an operator that is not followed. */
    private static Set<String> open(OnnxModel model, Shapes inferred) {
        Set<String> open = new HashSet<>();
        for (Node node : model.graph().nodes()) {
            boolean local = !node.domain().isEmpty() && !node.domain().equals("com.microsoft");
            boolean varies = node.is("If") && inferred.unknown().containsKey(node.label());
            if (local
                    || varies
                    || OPEN.contains(node.op())
                    || node.inputs().stream().anyMatch(open::contains)) {
                open.addAll(node.outputs());
            }
        }
        return open;
    }

    private static String producer(OnnxModel model, String value) {
        Node producer = model.graph().producer(value);
        return producer == null ? "nothing" : producer.op();
    }

    /** Two samples and small images where the sizes are open. */
    private static Map<String, long[]> sizes(OnnxModel model, Shapes shapes) {
        Map<Dim, Long> symbols = new HashMap<>();
        for (ValueInfoProto input : model.graph().inputs()) {
            shapes.of(input.getName()).filter(s -> s.rank() > 0).ifPresent(s -> symbols.put(s.dim(0), 2L));
        }
        Map<String, long[]> sizes = new HashMap<>();
        for (ValueInfoProto input : model.graph().inputs()) {
            shapes.of(input.getName())
                    .ifPresent(s -> sizes.put(
                            input.getName(),
                            s.dims().stream()
                                    .mapToLong(d -> d.known()
                                            ? d.value()
                                            : symbols.computeIfAbsent(d, k -> s.rank() == 2 ? 512L : 64L))
                                    .toArray()));
        }
        return sizes;
    }
}
