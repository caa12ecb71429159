package io.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodTemplateSpec;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.networking.v1.NetworkPolicy;
import io.fabric8.kubernetes.api.model.policy.v1.PodDisruptionBudget;
import io.strimzi.api.kafka.model.kafka.Kafka;
import io.strimzi.api.kafka.model.nodepool.KafkaNodePool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The Kubernetes manifests hold only fields that the API knows, and only names that exist. */
class ManifestsTest {
    private static final Path K8S = Path.of("../k8s");
    private static final Path BASE = K8S.resolve("base");
    private static final Set<String> SECRETS = Set.of("millrace-store", "millrace-store-root");
    private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());
    private static final Map<String, Class<? extends HasMetadata>> KINDS = Map.of(
            "Namespace", Namespace.class,
            "ConfigMap", ConfigMap.class,
            "Service", Service.class,
            "Deployment", Deployment.class,
            "StatefulSet", StatefulSet.class,
            "NetworkPolicy", NetworkPolicy.class,
            "PodDisruptionBudget", PodDisruptionBudget.class,
            "Job", Job.class,
            "Kafka", Kafka.class,
            "KafkaNodePool", KafkaNodePool.class);

    private static final List<HasMetadata> resources = new ArrayList<>();

    @BeforeAll
    static void read() throws IOException {
        for (JsonNode name : kustomization().path("resources")) {
            for (JsonNode document : documents(BASE.resolve(name.asText()))) {
                resources.add(YAML.treeToValue(
                        document, KINDS.get(document.path("kind").asText())));
            }
        }
    }

    @Test
    void everyFileOfTheFolderIsListed() throws IOException {
        try (Stream<Path> files = Files.list(BASE)) {
            Set<String> present = files.map(f -> f.getFileName().toString())
                    .filter(f -> !f.equals("kustomization.yaml"))
                    .collect(Collectors.toSet());
            Set<String> listed = new HashSet<>();
            kustomization().path("resources").forEach(name -> listed.add(name.asText()));
            kustomization().path("configMapGenerator").forEach(map -> map.path("files")
                    .forEach(name -> listed.add(name.asText())));
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
    void configMapsExistAndTwoSecretsAreAskedOfTheUser() throws IOException {
        Set<String> maps = all(ConfigMap.class).stream()
                .map(c -> c.getMetadata().getName())
                .collect(Collectors.toSet());
        kustomization()
                .path("configMapGenerator")
                .forEach(map -> maps.add(map.path("name").asText()));
        for (PodSpec pod : pods()) {
            pod.getVolumes().stream()
                    .filter(volume -> volume.getConfigMap() != null)
                    .forEach(volume ->
                            assertThat(maps).contains(volume.getConfigMap().getName()));
            pod.getContainers().forEach(container -> {
                container.getEnvFrom().forEach(e -> assertThat(maps)
                        .contains(e.getConfigMapRef().getName()));
                assertThat(SECRETS).containsAll(secrets(container));
            });
        }
    }

    @Test
    void servicesDoNotHaveTheRightsOfTheStoresRoot() {
        List<Container> services = pods().stream()
                .flatMap(pod -> pod.getContainers().stream())
                .filter(container -> container.getImage().startsWith("millrace/"))
                .toList();
        assertThat(services).hasSize(6).allSatisfy(service -> {
            assertThat(secrets(service)).containsOnly("millrace-store");
            assertThat(service.getImage()).doesNotEndWith(":latest");
        });
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
                assertThat(c.getResources().getRequests()).containsKeys("cpu", "memory");
                if (!"OnFailure".equals(pod.getRestartPolicy())) {
                    assertThat(c.getReadinessProbe()).isNotNull();
                    assertThat(c.getLivenessProbe()).isNotNull();
                }
            });
        }
    }

    /** What pods say in ports and labels is what policies, budgets and scaling look for. */
    @Test
    void policiesAndScalingMeanPodsThatThereAre() throws IOException {
        Set<Map.Entry<String, String>> labels = podLabels();
        all(NetworkPolicy.class).stream()
                .flatMap(policy -> policy.getSpec().getPodSelector().getMatchLabels().entrySet().stream())
                .filter(label -> !label.getKey().startsWith("strimzi.io/"))
                .forEach(label -> assertThat(labels).contains(label));
        Set<String> deployments = all(Deployment.class).stream()
                .map(deployment -> deployment.getMetadata().getName())
                .collect(Collectors.toSet());
        Set<String> scaled = new HashSet<>();
        for (JsonNode document : documents(K8S.resolve("overlays/prod/scaling.yaml"))) {
            scaled.add(document.at("/spec/scaleTargetRef/name").asText());
        }
        assertThat(scaled).isEqualTo(deployments);
        JsonNode monitor = documents(K8S.resolve("monitoring/pods.yaml")).get(0);
        monitor.at("/spec/selector/matchLabels").properties().forEach(label -> assertThat(labels)
                .contains(Map.entry(label.getKey(), label.getValue().asText())));
    }

    private static <T> List<T> all(Class<T> kind) {
        return resources.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    private static List<PodTemplateSpec> templates() {
        return Stream.of(
                        all(Deployment.class).stream().map(d -> d.getSpec().getTemplate()),
                        all(StatefulSet.class).stream().map(s -> s.getSpec().getTemplate()),
                        all(Job.class).stream().map(j -> j.getSpec().getTemplate()))
                .flatMap(Function.identity())
                .toList();
    }

    private static List<PodSpec> pods() {
        return templates().stream().map(PodTemplateSpec::getSpec).toList();
    }

    private static Set<Map.Entry<String, String>> podLabels() {
        return templates().stream()
                .flatMap(t -> t.getMetadata().getLabels().entrySet().stream())
                .collect(Collectors.toSet());
    }

    private static Set<String> secrets(Container container) {
        return container.getEnv().stream()
                .filter(variable -> variable.getValueFrom() != null)
                .map(variable -> variable.getValueFrom().getSecretKeyRef().getName())
                .collect(Collectors.toSet());
    }

    private static JsonNode kustomization() throws IOException {
        return YAML.readTree(BASE.resolve("kustomization.yaml").toFile());
    }

    private static List<JsonNode> documents(Path file) throws IOException {
        try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(file.toFile())) {
            return documents.readAll();
        }
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
