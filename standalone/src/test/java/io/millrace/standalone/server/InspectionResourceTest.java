package io.millrace.standalone.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.artifacts.ArtifactCache;
import io.millrace.artifacts.ObjectStore;
import io.millrace.artifacts.StoreSettings;
import io.millrace.contracts.ProblemException;
import io.millrace.embedded.EmbeddedS3;
import io.millrace.onnx.inspect.Inspection;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectionResourceTest {
    private static final Path MODEL = Path.of("../libs/onnx/src/test/resources/corpus/depth_to_space-hand13.onnx");

    @TempDir
    Path folder;

    private EmbeddedS3 s3;
    private ObjectStore store;
    private ArtifactCache cache;
    private InspectionResource resource;

    @BeforeEach
    void start() {
        s3 = EmbeddedS3.start(folder.resolve("s3"), 0, new EmbeddedS3.Credentials("tester", "tester-secret"), "models");
        store = new ObjectStore(
                new StoreSettings(s3.endpoint(), "tester", "tester-secret", "us-east-1", Set.of("models")));
        cache = new ArtifactCache(store, folder.resolve("cache"), 1 << 20);
        resource = new InspectionResource(cache);
    }

    @AfterEach
    void stop() {
        cache.close();
        store.close();
        s3.close();
    }

    @Test
    void showsStoredModelsAndRefusesTheRestByStatus() throws IOException {
        // given
        store.put("s3://models/net.onnx", MODEL);
        store.put("s3://models/broken.onnx", Files.writeString(folder.resolve("broken.onnx"), "no model"));

        // when
        Inspection shown = resource.inspect("s3://models/net.onnx");

        // then
        assertThat(shown.file()).isEqualTo("s3://models/net.onnx");
        assertThat(shown.layers()).isNotEmpty();
        assertRefused("s3://models/broken.onnx", 422, "not an ONNX model");
        assertRefused(null, 400, "'model' is missing");
    }

    private void assertRefused(String model, int status, String reason) {
        ProblemException refusal = catchThrowableOfType(ProblemException.class, () -> resource.inspect(model));
        assertThat(refusal.problem().status()).isEqualTo(status);
        assertThat(refusal.problem().detail()).contains(reason);
    }
}
