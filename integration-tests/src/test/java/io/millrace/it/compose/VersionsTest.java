package io.millrace.it.compose;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.it.compose.ComposeFile.Service;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.Test;

/** What is shipped is what is tested: the version of Kafka in pom.xml holds everywhere, images are what the build makes. */
class VersionsTest {
    private static final Path PROJECT = Path.of("..");
    private static final Pattern IMAGE = Pattern.compile("image: (\\S+)");

    @Test
    void brokersHaveTheVersionOfTheClients() throws IOException {
        String tested = AppInfoParser.getVersion();
        ComposeFile compose = ComposeFile.read(PROJECT.resolve("docker-compose.yml"));
        assertThat(compose.service("kafka").tag()).isEqualTo(tested);
        assertThat(Files.readString(PROJECT.resolve("k8s/base/kafka.yaml")))
                .contains("\n    version: " + tested + "\n");
    }

    @Test
    void composeAndKubernetesNameTheSameImages() throws IOException {
        List<String> compose = ComposeFile.read(PROJECT.resolve("docker-compose.yml")).services().stream()
                .map(Service::image)
                .filter(image -> !image.startsWith("apache/kafka:"))
                .sorted()
                .toList();
        StringBuilder manifests = new StringBuilder();
        try (var files = Files.list(PROJECT.resolve("k8s/base"))) {
            for (Path file : files.toList()) {
                manifests.append(Files.readString(file));
            }
        }
        List<String> kubernetes = IMAGE.matcher(manifests)
                .results()
                .map((MatchResult found) -> found.group(1))
                .sorted()
                .toList();
        assertThat(kubernetes).isEqualTo(compose);
    }

    @Test
    void everyImageThatIsBuiltIsThatOfAModule() throws IOException {
        List<Service> built = ComposeFile.read(PROJECT.resolve("docker-compose.yml")).services().stream()
                .filter(Service::built)
                .toList();
        assertThat(built).hasSize(6).allSatisfy(service -> {
            assertThat(service.image()).startsWith("millrace/" + service.name() + ":");
            assertThat(PROJECT.resolve(service.buildArguments().get("SERVICE")).resolve("pom.xml"))
                    .exists();
        });
    }
}
