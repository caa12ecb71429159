package io.millrace.onnx.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.onnx.ElementType;
import io.millrace.onnx.Net;
import io.millrace.onnx.OnnxModel;
import io.millrace.onnx.Tensor;
import java.util.Map;
import org.junit.jupiter.api.Test;

class OutputDifferenceTest {
    private static final Tolerance FLOATS = new Tolerance(1e-5, Map.of());

    @Test
    void differencesCountRelativeToTheLargestValue() {
        assertThat(between(floats(100, 0, -50), floats(100, 0.0005f, -50)).beyond(FLOATS))
                .isEmpty();
        assertThat(between(floats(100, 0, -50), floats(100, 0.005f, -50)).beyond(FLOATS))
                .get()
                .extracting(OutputDifference.Entry::words)
                .isEqualTo("output 'y' differs by 0.00500 where the largest value is 100");
        assertThat(between(floats(1e-9f), floats(1.1e-9f)).beyond(FLOATS)).isPresent();
    }

    @Test
    void noNumberAndInfinityEqualThemselvesInTheirOwnPlaceOnly() {
        float nan = Float.NaN;
        float infinity = Float.POSITIVE_INFINITY;

        assertThat(between(floats(1, nan, infinity), floats(1, nan, infinity)).largest())
                .isZero();
        assertThat(between(floats(1, nan), floats(nan, 1)).largest()).isInfinite();
        assertThat(between(floats(1, nan), floats(1, 1)).largest()).isInfinite();
        assertThat(between(floats(1, 1), floats(1, nan)).largest()).isInfinite();
        assertThat(between(floats(infinity), floats(-infinity)).largest()).isInfinite();
        assertThat(between(floats(Float.MAX_VALUE), floats(infinity)).largest()).isInfinite();
    }

    @Test
    void wholeNumbersAreEqualOrNot() {
        Tensor wanted = Tensor.ofLongs(new long[] {1, 2, 3, 4}, 4);
        OutputDifference one = between(wanted, Tensor.ofLongs(new long[] {1, 2, 3, 5}, 4));

        assertThat(between(wanted, wanted).beyond(FLOATS)).isEmpty();
        assertThat(one.largest()).isEqualTo(0.25);
        assertThat(one.beyond(FLOATS)).isPresent();
    }

    @Test
    void shapesTypesAndNamesMustAgree() {
        assertThat(between(floats(1, 2), floats(1)).largest()).isInfinite();
        assertThat(between(floats(1), floats(1).as(ElementType.DOUBLE)).largest())
                .isInfinite();
        assertThat(OutputDifference.between(Map.of("y", floats(1)), Map.of()).beyond(FLOATS))
                .isPresent();
        assertThat(OutputDifference.between(Map.of(), Map.of("y", floats(1))).beyond(FLOATS))
                .isPresent();
    }

    @Test
    void theCoarsestStoredTypeDecidesWhatRoundingExplains() {
        Net net = new Net(13, 1);
        net.output(net.linear(net.input("x", -1, 4), 4, 4));
        OnnxModel single = net.model();
        OnnxModel half = single.copy();
        single.graph().initializers().forEach((name, tensor) -> half.graph()
                .setInitializer(name, tensor.as(ElementType.FLOAT16)));
        OutputDifference aThousandth = between(floats(1), floats(1.001f));

        assertThat(aThousandth.beyond(Tolerance.of(half))).isEmpty();
        assertThat(aThousandth.beyond(Tolerance.of(single))).isPresent();
        assertThat(between(floats(1), floats(1.00005f)).beyond(Tolerance.of(single)))
                .isPresent();
        assertThat(between(floats(1), floats(1.00005f))
                        .beyond(Tolerance.of(single).forNewWeights()))
                .isEmpty();
    }

    @Test
    void theNoiseOfTheNetworkItselfIsAllowedUpToABound() {
        OutputDifference aThousandth = between(floats(1), floats(1.001f));
        OutputDifference aTenth = between(floats(1), floats(1.1f));

        assertThat(aThousandth.beyond(FLOATS.with(Map.of("y", 2e-4)))).isEmpty();
        assertThat(aThousandth.beyond(FLOATS.with(Map.of("other", 2e-4)))).isPresent();
        assertThat(aTenth.beyond(FLOATS.with(Map.of("y", 1.0)))).isPresent();
    }

    private static OutputDifference between(Tensor expected, Tensor actual) {
        return OutputDifference.between(Map.of("y", expected), Map.of("y", actual));
    }

    private static Tensor floats(float... values) {
        return Tensor.ofFloats(values, values.length);
    }
}
