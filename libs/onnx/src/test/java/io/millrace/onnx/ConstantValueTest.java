package io.millrace.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConstantValueTest {
    private static final Graph GRAPH = ModelText.opset(13)
            .input("x", 2, 3)
            .tensor("w", Tensor.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 2, 3))
            .longs("shape", 3, 2)
            .longs("many", 4096, 4096)
            .node("same = Identity(w)")
            .node("turned = Transpose(same)", n -> n.with("perm", new long[] {1, 0}))
            .node("shaped = Reshape(w, shape)")
            .node("flat = Flatten(turned)", n -> n.with("axis", 0))
            .node("zeros = ConstantOfShape(shape)")
            .node("zerosTurned = Transpose(zeros)", n -> n.with("perm", new long[] {1, 0}))
            .node("large = ConstantOfShape(many)")
            .node("given = Identity(x)")
            .node("y = Add(given, w)")
            .output("y")
            .build()
            .graph();

    @ParameterizedTest
    @CsvSource({
        "w, 2x3, 1 2 3 4 5 6",
        "same, 2x3, 1 2 3 4 5 6",
        "turned, 3x2, 1 4 2 5 3 6",
        "shaped, 3x2, 1 2 3 4 5 6",
        "flat, 1x6, 1 4 2 5 3 6",
        "zeros, 3x2, 0 0 0 0 0 0",
        "zerosTurned, 2x3, 0 0 0 0 0 0"
    })
    void isReadThroughWhatPresentsIt(String value, String dims, String numbers) {
        assertThat(GRAPH.constantThrough(value)).hasValueSatisfying(tensor -> {
            assertThat(joined("x", tensor.dims())).isEqualTo(dims);
            assertThat(joined(" ", integers(tensor.floats()))).isEqualTo(numbers);
        });
    }

    private static long[] integers(float[] values) {
        return IntStream.range(0, values.length)
                .mapToLong(i -> (long) values[i])
                .toArray();
    }

    private static String joined(String between, long[] numbers) {
        StringBuilder text = new StringBuilder();
        for (long number : numbers) {
            text.append(text.isEmpty() ? "" : between).append(number);
        }
        return text.toString();
    }

    @Test
    void whatIsComputedOrLargeIsNone() {
        assertThat(GRAPH.constantThrough("given")).isEmpty();
        assertThat(GRAPH.constantThrough("x")).isEmpty();
        assertThat(GRAPH.constantThrough("large")).isEmpty();
    }
}
