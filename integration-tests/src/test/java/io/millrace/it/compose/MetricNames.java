package io.millrace.it.compose;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.it.compose.ComposeFile.Service;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What dashboard, alert rules and scaling ask for, by the names under which Prometheus knows it. */
final class MetricNames {
    private static final Pattern NAME = Pattern.compile("\\b(?:millrace|jvm|process|http_server)_[a-z0-9_]+\\b");

    private final Set<String> names;

    MetricNames(Path project) throws IOException {
        try (Stream<Path> files = Files.walk(project.resolve("k8s"))) {
            names = files.filter(Files::isRegularFile)
                    .flatMap(MetricNames::lines)
                    .filter(line -> line.contains("expr") || line.contains("query"))
                    .flatMap(line -> NAME.matcher(line).results().map(MatchResult::group))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** Fails where a name is served by none of the services. */
    void assertServed(Function<String, String> metrics, ComposeFile compose) {
        Set<String> served = compose.services().stream()
                .filter(Service::built)
                .flatMap(service -> metrics.apply(service.name()).lines())
                .filter(line -> !line.startsWith("#"))
                .map(line -> line.split("[{ ]")[0])
                .collect(Collectors.toSet());
        assertThat(names).as("asked for in k8s/").isNotEmpty();
        assertThat(served).as("served by the services").containsAll(names);
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
