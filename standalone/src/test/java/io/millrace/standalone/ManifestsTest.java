package io.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.strimzi.api.kafka.model.kafka.Kafka;
import io.strimzi.api.kafka.model.nodepool.KafkaNodePool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The Kubernetes manifests hold only fields that the API knows, and only names that exist. */
class ManifestsTest {
    private static final Path BASE = Path.of("../k8s/base");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.of(
            "Namespace", Namespace.class,
            "ConfigMap", ConfigMap.class,
            "Service", Service.class,
            "Deployment", Deployment.class,
            "StatefulSet", StatefulSet.class,
            "NetworkPolicy", NetworkPolicy.class,
            "PodDisruptionBudget", PodDisruptionBudget.class,
            "Kafka", Kafka.class,
            "KafkaNodePool", KafkaNodePool.class);

    private static final List<HasMetadata> resources = new ArrayList<>();

    @BeforeAll
    static void read() throws IOException {
        for (JsonNode name :
                YAML.readTree(BASE.resolve("kustomization.yaml").toFile()).path("resources")) {
            try (var documents = YAML.readerFor(JsonNode.class)
                    .<JsonNode>readValues(BASE.resolve(name.asText()).toFile())) {
                while (documents.hasNext()) {
                    JsonNode document = documents.next();
                    resources.add(YAML.treeToValue(
                            document, KINDS.get(document.path("kind").asText())));
                }
            }
        }
    }

    @Test
    void everyFileOfTheFolderIsListed() throws IOException {
        try (Stream<Path> files = Files.list(BASE)) {
            Set<String> present = files.map(f -> f.getFileName().toString())
                    .filter(f -> !f.equals("kustomization.yaml"))
                    .collect(Collectors.toSet());
            Set<String> listed = Stream.of(
                            YAML.readTree(BASE.resolve("kustomization.yaml").toFile())
                                    .path("resources"))
                    .flatMap(r -> Stream.iterate(0, i -> i < r.size(), i -> i + 1)
                            .map(i -> r.get(i).asText()))
                    .collect(Collectors.toSet());
            assertThat(listed).isEqualTo(present);
        }
    }

    @Test
    void noFieldIsUnknownToTheApi() throws IOException {
        for (HasMetadata resource : resources) {
            JsonNode known = YAML.valueToTree(resource);
            assertThat(unknownFields(
                            resource,
                            resource.getKind() + "/" + resource.getMetadata().getName()))
                    .as(known.toString())
                    .isEmpty();
        }
    }

    @Test
    void selectorsSelectSomething() {
        for (Deployment deployment : all(Deployment.class)) {
            assertThat(deployment.getSpec().getTemplate().getMetadata().getLabels())
                    .containsAllEntriesOf(deployment.getSpec().getSelector().getMatchLabels());
        }
        Set<Map.Entry<String, String>> labels = podLabels();
        all(Service.class).forEach(s -> assertThat(labels)
                .containsAll(s.getSpec().getSelector().entrySet()));
        all(PodDisruptionBudget.class).forEach(p -> assertThat(labels)
                .containsAll(p.getSpec().getSelector().getMatchLabels().entrySet()));
    }

    @Test
    void configMapsExistAndOnlyOneSecretIsAskedOfTheUser() {
        Set<String> maps = all(ConfigMap.class).stream()
                .map(c -> c.getMetadata().getName())
                .collect(Collectors.toSet());
        for (PodSpec pod : pods()) {
            pod.getContainers().forEach(container -> {
                container.getEnvFrom().forEach(e -> assertThat(maps)
                        .contains(e.getConfigMapRef().getName()));
                container.getEnv().forEach(e -> assertThat(
                                e.getValueFrom().getSecretKeyRef().getName())
                        .isEqualTo("millrace-store"));
            });
        }
    }

    @Test
    void podsAreRestricted() {
        for (PodSpec pod : pods()) {
            assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
            assertThat(pod.getSecurityContext().getSeccompProfile().getType()).isEqualTo("RuntimeDefault");
            pod.getContainers().forEach(c -> {
                assertThat(c.getSecurityContext().getReadOnlyRootFilesystem()).isTrue();
                assertThat(c.getSecurityContext().getAllowPrivilegeEscalation()).isFalse();
                assertThat(c.getSecurityContext().getCapabilities().getDrop()).containsExactly("ALL");
                assertThat(c.getReadinessProbe()).isNotNull();
                assertThat(c.getLivenessProbe()).isNotNull();
                assertThat(c.getResources().getRequests()).containsKeys("cpu", "memory");
            });
        }
    }

    private static <T> List<T> all(Class<T> kind) {
        return resources.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private static List<PodSpec> pods() {
        return Stream.concat(
                        all(Deployment.class).stream()
                                .map(d -> d.getSpec().getTemplate().getSpec()),
                        all(StatefulSet.class).stream()
                                .map(s -> s.getSpec().getTemplate().getSpec()))
                .toList();
    }

    private static Set<Map.Entry<String, String>> podLabels() {
        return Stream.concat(
                        all(Deployment.class).stream().map(d -> d.getSpec().getTemplate()),
                        all(StatefulSet.class).stream().map(s -> s.getSpec().getTemplate()))
                .flatMap(t -> t.getMetadata().getLabels().entrySet().stream())
                .collect(Collectors.toSet());
    }

    /** Fields that no type of the API declares end up in {@code getAdditionalProperties}, at any depth. */
    private static List<String> unknownFields(Object value, String path) {
        List<String> unknown = new ArrayList<>();
        if (value instanceof List<?> list) {
            for (int i = 0; i < list.size(); i++) {
                unknown.addAll(unknownFields(list.get(i), path + "[" + i + "]"));
            }
        } else if (value != null
                && (value.getClass().getName().startsWith("io.fabric8.")
                        || value.getClass().getName().startsWith("io.strimzi."))) {
            for (var method : value.getClass().getMethods()) {
                if (method.getParameterCount() > 0 || !method.getName().startsWith("get")) {
                    continue;
                }
                try {
                    Object field = method.invoke(value);
                    if (method.getName().equals("getAdditionalProperties")) {
                        ((Map<?, ?>) field).keySet().forEach(k -> unknown.add(path + "." + k));
                    } else if (!value.getClass().isEnum()) {
                        unknown.addAll(unknownFields(
                                field, path + "." + method.getName().substring(3)));
                    }
                } catch (ReflectiveOperationException e) {
                    throw new AssertionError(path + "." + method.getName(), e);
                }
            }
        }
        return unknown;
    }
}
