package io.millrace.worker.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compiles small stages from source, and compares their versions. */
class StageVersionTest {
    private static final Map<String, String> SOURCES = Map.of(
            "io/millrace/shine/ShineStage.java",
            """
            package io.millrace.shine;
            public class ShineStage {
                private final io.millrace.polish.Cloth[] cloths = {new io.millrace.polish.Wool()};
                public int shine(int rubs) {
                    return cloths[0].rub(rubs) + new org.bytedeco.polish.Wax().layers()
                            + new io.millrace.contracts.Talk().say() + new io.millrace.contracts.method.Rubs().few();
                }
            }
            """,
            "io/millrace/polish/Cloth.java",
            "package io.millrace.polish; public interface Cloth { int rub(int times); }",
            "io/millrace/polish/Wool.java",
            "package io.millrace.polish; public class Wool implements Cloth { public int rub(int times) { return times * 2; } }",
            "io/millrace/polish/Other.java",
            "package io.millrace.polish; public class Other { public int rub(int times) { return times * 5; } }",
            "io/millrace/contracts/Talk.java",
            "package io.millrace.contracts; public class Talk { public int say() { return 1; } }",
            "io/millrace/contracts/method/Rubs.java",
            "package io.millrace.contracts.method; public class Rubs { public int few() { return 3; } }",
            "org/bytedeco/polish/Wax.java",
            "package org.bytedeco.polish; public class Wax { public int layers() { return 1; } }");

    @TempDir
    Path folder;

    private int builds;

    @Test
    void theSameCodeHasTheSameVersionInEveryBuild() throws IOException {
        assertThat(version(SOURCES)).isEqualTo(version(SOURCES)).matches("[0-9a-f]{16}");
    }

    @Test
    void anotherClassThatComputesIsAnotherVersion() throws IOException {
        assertThat(with("io/millrace/polish/Wool.java", "times * 2", "times * 3"))
                .as("in a library that is reached through an array and an interface")
                .isNotEqualTo(version(SOURCES));
        assertThat(with("io/millrace/contracts/method/Rubs.java", "return 3", "return 4"))
                .as("in the defaults of parameters")
                .isNotEqualTo(version(SOURCES));
        assertThat(with("io/millrace/shine/ShineStage.java", "cloths[0]", "3 * cloths[0]"))
                .as("in the stage")
                .isNotEqualTo(version(SOURCES));
    }

    @Test
    void commentsAndLinesChangeNothing() throws IOException {
        assertThat(with("io/millrace/polish/Wool.java", "public int", "/** Rubs.\n * With care.\n */\n\n public int"))
                .isEqualTo(version(SOURCES));
    }

    @Test
    void whatTheStageDoesNotReachChangesNothing() throws IOException {
        assertThat(with("io/millrace/polish/Other.java", "times * 5", "times * 6"))
                .isEqualTo(version(SOURCES));
        assertThat(with("io/millrace/contracts/Talk.java", "return 1", "return 2"))
                .isEqualTo(version(SOURCES));
    }

    @Test
    void anotherNativeRuntimeIsAnotherVersion() throws IOException {
        Path classes = compile(SOURCES);
        Path wax = classes.resolve("org/bytedeco/polish/Wax.class");
        byte[] content = Files.readAllBytes(wax);
        Files.delete(wax);

        assertThat(versionWith(classes, "wax-1.0.jar", content))
                .isEqualTo(versionWith(classes, "org.bytedeco.wax-1.0.jar", content))
                .isNotEqualTo(versionWith(classes, "wax-1.1.jar", content));
    }

    @Test
    void theStagesOfThisProjectHaveVersions() {
        assertThat(StageVersion.of(ScriptedStage.class)).matches("[0-9a-f]{16}");
    }

    private String with(String file, String old, String changed) throws IOException {
        assertThat(SOURCES.get(file)).contains(old);
        Map<String, String> sources = new java.util.HashMap<>(SOURCES);
        sources.put(file, SOURCES.get(file).replace(old, changed));
        return version(sources);
    }

    private String version(Map<String, String> sources) throws IOException {
        return version(compile(sources).toUri().toURL());
    }

    private String versionWith(Path classes, String jar, byte[] wax) throws IOException {
        Path file = Files.createDirectories(folder.resolve("jars-" + builds++)).resolve(jar);
        try (var out = new java.util.jar.JarOutputStream(Files.newOutputStream(file))) {
            out.putNextEntry(new java.util.zip.ZipEntry("org/bytedeco/polish/Wax.class"));
            out.write(wax);
        }
        return version(classes.toUri().toURL(), file.toUri().toURL());
    }

    private static String version(URL... classPath) throws IOException {
        try (URLClassLoader loader = new URLClassLoader(classPath, null)) {
            return StageVersion.of("io/millrace/shine/ShineStage", loader);
        }
    }

    private Path compile(Map<String, String> sources) throws IOException {
        Path root = folder.resolve("build-" + builds++);
        for (var source : sources.entrySet()) {
            Path file = root.resolve("src").resolve(source.getKey());
            Files.createDirectories(file.getParent());
            Files.writeString(file, source.getValue());
        }
        Path classes = Files.createDirectories(root.resolve("classes"));
        try (Stream<Path> files = Files.walk(root.resolve("src"))) {
            List<String> arguments = Stream.concat(
                            Stream.of("-d", classes.toString()),
                            files.filter(Files::isRegularFile).map(Path::toString))
                    .toList();
            assertThat(ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(new String[0])))
                    .isZero();
        }
        return classes;
    }
}
