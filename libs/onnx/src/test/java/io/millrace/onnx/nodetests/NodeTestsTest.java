package io.millrace.onnx.nodetests;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.ModelProto;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.OnnxReader;
import io.millrace.onnx.OrtRun;
import io.millrace.onnx.Tensor;
import io.millrace.onnx.opset.OpsetConversion;
import io.millrace.onnx.output.OutputDifference;
import io.millrace.onnx.shape.Dim;
import io.millrace.onnx.shape.Shape;
import io.millrace.onnx.shape.Shapes;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The official node tests, against reading, writing and shapes. */
class NodeTestsTest {
    private static final Path LISTS = Path.of("src/test/resources/node-tests");
    private static final String WRONG = "wrong: ";
    private static final List<NodeTest> TESTS = NodeTest.all();

    private final Set<String> passed = new TreeSet<>();
    private final Map<String, String> failed = new TreeMap<>();

    @Test
    void areThere() {
        assertThat(TESTS).hasSizeGreaterThan(1800);
    }

    @Test
    void whatIsReadIsWrittenEqual() {
        for (NodeTest test : TESTS) {
            note(test, readAndWritten(test));
        }

        new Passing(LISTS.resolve("reading.txt")).check(passed, failed);
    }

    private static String readAndWritten(NodeTest test) {
        try {
            OnnxModel read = OnnxReader.read(ByteBuffer.wrap(test.model().toByteArray()));
            return read.toProto().equals(test.model()) ? null : "is written differently";
        } catch (RuntimeException e) {
            return e.toString();
        }
    }

    @Test
    void shapesAreThoseOfTheResults() {
        for (NodeTest test : TESTS) {
            note(test, inferred(test));
        }

        assertThat(failed.values()).noneMatch(reason -> reason.startsWith(WRONG));
        new Passing(LISTS.resolve("shapes.txt")).check(passed, failed);
    }

    /** Numbers that steer an operator are stored with the model, as they are in networks. */
    private static String inferred(NodeTest test) {
        OnnxModel model;
        try {
            model = Binding.ofIntegers(test);
        } catch (RuntimeException e) {
            return "cannot be read";
        }
        Shapes shapes = Shapes.infer(model);
        if (test.outputs().isEmpty()) {
            return "makes no numbers";
        }
        for (Map.Entry<String, Tensor> output : test.outputs().entrySet()) {
            Shape shape = shapes.of(output.getKey()).orElse(null);
            if (shape == null) {
                return "no shape: " + shapes.unknown();
            }
            long[] actual = output.getValue().dims();
            if (shape.rank() != actual.length
                    || shape.type() != output.getValue().type()) {
                return WRONG + output.getKey() + " would be " + shape + ", and is " + output.getValue();
            }
            for (int axis = 0; axis < actual.length; axis++) {
                Dim dim = shape.dim(axis);
                if (dim.known() && dim.value() != actual[axis]) {
                    return WRONG + output.getKey() + " would be " + shape + ", and is " + output.getValue();
                }
                if (!dim.known()) {
                    return output.getKey() + ": " + shape + " is open where the result is " + output.getValue();
                }
            }
        }
        return null;
    }

    @Test
    void conversionToTheNewestOpsetChangesNoResult() {
        for (NodeTest test : TESTS) {
            if (test.isOfNumbers() && isConverted(test.model())) {
                note(test, converted(test));
            }
        }

        new Passing(LISTS.resolve("conversion.txt")).check(passed, failed);
        assertThat(failed).allSatisfy((name, reason) -> assertThat(reason).doesNotStartWith(WRONG));
    }

    private static boolean isConverted(ModelProto model) {
        return model.getOpsetImportCount() == 1
                && model.getOpsetImport(0).getDomain().isEmpty()
                && model.getOpsetImport(0).getVersion() < OpsetConversion.NEWEST;
    }

    /** Numbers that steer an operator are stored with the model, as they are in networks. */
    private static String converted(NodeTest test) {
        OnnxModel model = Binding.ofIntegers(test);
        Map<String, Tensor> inputs = Binding.left(test, model);
        Map<String, float[]> expected;
        try {
            expected = OrtRun.run(model, inputs);
        } catch (AssertionError e) {
            return "not run by ONNX Runtime";
        }
        OpsetConversion conversion = OpsetConversion.to(model, OpsetConversion.NEWEST);
        if (!conversion.isExact()) {
            return "declined: " + conversion.declined();
        }
        if (expected.isEmpty()) {
            return "makes no floating-point numbers";
        }
        try {
            double difference = OutputDifference.between(
                            tensors(expected), tensors(OrtRun.run(conversion.model(), inputs)))
                    .largest();
            return difference <= 1e-6 ? null : WRONG + "differs by " + difference;
        } catch (AssertionError e) {
            return WRONG + e.getMessage();
        }
    }

    private static Map<String, Tensor> tensors(Map<String, float[]> outputs) {
        Map<String, Tensor> tensors = new TreeMap<>();
        outputs.forEach((name, values) -> tensors.put(name, Tensor.ofFloats(values, values.length)));
        return tensors;
    }

    private void note(NodeTest test, String failure) {
        if (failure == null) {
            passed.add(test.name());
        } else {
            failed.put(test.name(), failure);
        }
    }
}
