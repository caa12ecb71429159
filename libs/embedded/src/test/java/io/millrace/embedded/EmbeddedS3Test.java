package io.millrace.embedded;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.embedded.EmbeddedS3.Credentials;
import io.minio.GetObjectArgs;
import io.minio.MinioClient;
import io.minio.PutObjectArgs;
import io.minio.errors.ErrorResponseException;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedS3Test {
    private static final Credentials CREDENTIALS = new Credentials("tester", "tester-secret");

    @TempDir
    Path folder;

    @Test
    void keepsObjectsAndTheirMetadataOverARestart() throws Exception {
        // given
        try (EmbeddedS3 s3 = EmbeddedS3.start(folder, 0, CREDENTIALS, "models")) {
            client(s3)
                    .putObject(
                            PutObjectArgs.builder()
                                    .bucket("models")
                                    .object("a/b.onnx")
                                    .userMetadata(Map.of("sha256", "abc"))
                                    .stream(new ByteArrayInputStream(new byte[] {1, 2, 3}), 3L, -1L)
                                    .build());
        }

        // when
        try (EmbeddedS3 s3 = EmbeddedS3.start(folder, 0, CREDENTIALS, "models");
                var object = client(s3)
                        .getObject(GetObjectArgs.builder()
                                .bucket("models")
                                .object("a/b.onnx")
                                .build())) {
            // then
            assertThat(object.headers().get("x-amz-meta-sha256")).isEqualTo("abc");
            assertThat(object.readAllBytes()).containsExactly(1, 2, 3);
        }
    }

    @Test
    void refusesStrangers() {
        try (EmbeddedS3 s3 = EmbeddedS3.start(folder, 0, CREDENTIALS, "models")) {
            MinioClient stranger = MinioClient.builder()
                    .endpoint(s3.endpoint().toString())
                    .credentials("tester", "guessed")
                    .region("us-east-1")
                    .build();
            assertThatThrownBy(() -> stranger.getObject(
                            GetObjectArgs.builder().bucket("models").object("x").build()))
                    .isInstanceOf(ErrorResponseException.class);
        }
    }

    @Test
    void saysThatThePortIsInUse() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            assertThatThrownBy(() -> EmbeddedS3.start(folder, taken.getLocalPort(), CREDENTIALS))
                    .isInstanceOf(EmbeddedServerException.class)
                    .hasMessageContaining("Port " + taken.getLocalPort() + " for the embedded S3 server is in use");
        }
    }

    @Test
    void saysThatTheFolderIsInUse() {
        try (EmbeddedS3 first = EmbeddedS3.start(folder, 0, CREDENTIALS)) {
            assertThatThrownBy(() -> EmbeddedS3.start(folder, 0, CREDENTIALS))
                    .isInstanceOf(EmbeddedServerException.class)
                    .hasMessageContaining("used by another process");
        }
    }

    private static MinioClient client(EmbeddedS3 s3) {
        return MinioClient.builder()
                .endpoint(s3.endpoint().toString())
                .credentials(CREDENTIALS.accessKey(), CREDENTIALS.secretKey())
                .region("us-east-1")
                .build();
    }
}
