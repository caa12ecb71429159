package io.millrace.it.compose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** What docker-compose.yml says, with its variables at their defaults. */
final class ComposeFile {
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{(\\w+):-([^}]*)}");

    private final Map<String, Service> services = new LinkedHashMap<>();

    /**
     * One service.
     *
     * @param image as named, with its tag
     * @param buildArguments of an image built from this project; empty for others
     * @param command entry point and command, in one list
     * @param volumes as {@code source:target}
     * @param dependsOn name and condition
     */
    record Service(
            String name,
            String image,
            Map<String, String> buildArguments,
            List<String> command,
            Map<String, String> environment,
            List<String> volumes,
            Map<String, String> dependsOn) {

        String tag() {
            return image.substring(image.indexOf(':') + 1);
        }

        boolean built() {
            return !buildArguments.isEmpty();
        }
    }

    private ComposeFile() {}

    static ComposeFile read(Path file) throws IOException {
        String text =
                VARIABLE.matcher(Files.readString(file)).replaceAll(found -> Matcher.quoteReplacement(found.group(2)));
        Map<String, Object> root = new Yaml(new SafeConstructor(new LoaderOptions())).load(text);
        ComposeFile compose = new ComposeFile();
        map(root.get("services")).forEach((name, entry) -> compose.services.put(name, service(name, map(entry))));
        return compose;
    }

    Service service(String name) {
        return services.get(name);
    }

    /** In the order of the file. */
    List<Service> services() {
        return List.copyOf(services.values());
    }

    private static Service service(String name, Map<String, Object> entry) {
        List<String> command = new ArrayList<>(words(entry.get("entrypoint")));
        command.addAll(words(entry.get("command")));
        return new Service(
                name,
                String.valueOf(entry.get("image")),
                strings(map(map(entry.get("build")).get("args"))),
                command,
                strings(map(entry.get("environment"))),
                words(entry.get("volumes")),
                conditions(entry.get("depends_on")));
    }

    private static Map<String, String> conditions(Object dependsOn) {
        Map<String, String> conditions = new LinkedHashMap<>();
        if (dependsOn instanceof List<?> names) {
            names.forEach(name -> conditions.put(name.toString(), "service_started"));
        } else {
            map(dependsOn)
                    .forEach((name, entry) ->
                            conditions.put(name, map(entry).get("condition").toString()));
        }
        return conditions;
    }

    private static List<String> words(Object value) {
        if (value instanceof List<?> list) {
            return list.stream().map(Object::toString).toList();
        }
        return value == null ? List.of() : List.of(value.toString().trim().split("\\s+"));
    }

    private static Map<String, String> strings(Map<String, Object> values) {
        Map<String, String> strings = new LinkedHashMap<>();
        values.forEach((key, value) -> strings.put(key, String.valueOf(value)));
        return strings;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value) {
        return value == null ? Map.of() : (Map<String, Object>) value;
    }
}
