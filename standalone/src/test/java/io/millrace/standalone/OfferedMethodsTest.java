package io.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.compression.CompressionOffer;
import io.millrace.contracts.method.Method;
import io.millrace.onnx.OnnxModel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class OfferedMethodsTest {
    private static final Path MODEL = Path.of("../libs/onnx/src/test/resources/corpus/batchnorm_places-ts13.onnx");

    @Test
    void whatRecipesCanNameIsWhatTheServicesOffer() {
        assertThat(OfferedMethods.of(OnnxModel.read(MODEL)))
                .extracting(CompressionOffer::method)
                .containsExactlyInAnyOrderElementsOf(
                        Method.compressing().stream().map(Method::wireName).toList());
    }
}
