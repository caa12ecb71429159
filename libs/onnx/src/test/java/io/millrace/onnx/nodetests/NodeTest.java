package io.millrace.onnx.nodetests;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.millrace.onnx.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/**
 * One of the official node tests of ONNX: a small model, what goes in and what must come out. All of them are in
 * {@code node-tests.zip}, which {@code src/test/corpus/node_tests.py} writes.
 *
 * @param name as ONNX calls it: {@code test_conv_with_strides_padding}
 * @param model its message
 * @param inputs numbers that go in, by the name of the model's input; sequences and strings are left out
 * @param outputs numbers that must come out, by the name of the model's output; sequences and strings are left out
 */
public record NodeTest(String name, ModelProto model, Map<String, Tensor> inputs, Map<String, Tensor> outputs) {

    /** How close a result must be, relative to what is expected; as ONNX asks. */
    public static final double RELATIVE_TOLERANCE = 1e-3;

    /** All tests, by name. */
    public static List<NodeTest> all() {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        try (ZipInputStream zip = new ZipInputStream(NodeTest.class.getResourceAsStream("/node-tests.zip"))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName(), zip.readAllBytes());
            }
            List<NodeTest> tests = new ArrayList<>();
            for (String entry : entries.keySet()) {
                if (entry.endsWith("/model.onnx")) {
                    String name = entry.substring(0, entry.indexOf('/'));
                    tests.add(of(
                            name,
                            ModelProto.parseFrom(entries.get(entry)),
                            GraphProto.parseFrom(entries.get(name + "/values.pb"))));
                }
            }
            return tests;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static NodeTest of(String name, ModelProto model, GraphProto values) {
        return new NodeTest(
                name,
                model,
                numbers(values, "input/", model.getGraph().getInputList()),
                numbers(values, "output/", model.getGraph().getOutputList()));
    }

    private static Map<String, Tensor> numbers(GraphProto values, String side, List<ValueInfoProto> declared) {
        Map<String, Tensor> numbers = new LinkedHashMap<>();
        for (TensorProto value : values.getInitializerList()) {
            String[] place = value.getName().split("/");
            boolean item = place.length > 2;
            if (value.getName().startsWith(side) && !item) {
                String name = declared.get(Integer.parseInt(place[1])).getName();
                Tensor.numbers(value).ifPresent(tensor -> numbers.put(name, tensor));
            }
        }
        return numbers;
    }

    /** Whether all that goes in and comes out are numbers: no strings, sequences or optionals. */
    public boolean isOfNumbers() {
        return inputs.size() == model.getGraph().getInputCount()
                && outputs.size() == model.getGraph().getOutputCount();
    }

    @Override
    public String toString() {
        return name;
    }
}
