package io.millrace.it.compose;

import com.fasterxml.jackson.core.type.TypeReference;
import io.millrace.contracts.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the Dockerfile makes of one service.
 *
 * @param folder what is copied into the image, as the build leaves it
 * @param environment variables that the image sets
 * @param entryPoint the program with its arguments, run in the folder
 */
record ServiceImage(Path folder, Map<String, String> environment, List<String> entryPoint) {
    private static final Pattern ARGUMENT = Pattern.compile("(?m)^ARG (\\w+)(?:=(\\S+))?$");
    private static final Pattern COPY = Pattern.compile("(?m)^COPY --from=build /src/(\\S+) ./$");
    private static final Pattern VARIABLE = Pattern.compile("(\\w+)=(?:\"([^\"]*)\"|(\\S+))");
    private static final Pattern ENTRY_POINT = Pattern.compile("(?m)^ENTRYPOINT (\\[.*])$");

    static ServiceImage of(Path project, Map<String, String> buildArguments) throws IOException {
        String text = Files.readString(project.resolve("Dockerfile"))
                .replaceAll("(?m)^#.*\n", "")
                .replace("\\\n", " ");
        Map<String, String> arguments = new LinkedHashMap<>();
        ARGUMENT.matcher(text).results().forEach(found -> arguments.put(found.group(1), found.group(2)));
        arguments.putAll(buildArguments);
        for (Map.Entry<String, String> argument : arguments.entrySet()) {
            text = text.replace("${" + argument.getKey() + "}", String.valueOf(argument.getValue()));
        }
        Map<String, String> environment = new LinkedHashMap<>();
        text.lines()
                .filter(line -> line.startsWith("ENV "))
                .flatMap(line -> VARIABLE.matcher(line.substring(4)).results())
                .forEach(found ->
                        environment.put(found.group(1), found.group(2) == null ? found.group(3) : found.group(2)));
        return new ServiceImage(
                project.resolve(group(COPY, text)),
                environment,
                Json.mapper().readValue(group(ENTRY_POINT, text), new TypeReference<List<String>>() {}));
    }

    private static String group(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        if (!matcher.find()) {
            throw new IllegalStateException("The Dockerfile has no line " + pattern);
        }
        return matcher.group(1);
    }
}
