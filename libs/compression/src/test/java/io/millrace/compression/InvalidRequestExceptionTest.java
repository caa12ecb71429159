package io.millrace.compression;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class InvalidRequestExceptionTest {

    @Test
    void anUnknownPartIsNamedWithThoseThereAre() {
        assertThat(InvalidRequestException.unknown("layers", "conv_2", List.of("conv1", "conv2", "fc")))
                .hasMessage("layers.conv_2: the network has no such part (did you mean \"conv2\"?); it has conv1,"
                        + " conv2, fc");
        assertThat(InvalidRequestException.unknown(
                        "layers",
                        "x",
                        IntStream.range(0, 12).mapToObj(i -> "layer" + i).toList()))
                .hasMessageEndingWith("layer9 and 2 more");
    }
}
