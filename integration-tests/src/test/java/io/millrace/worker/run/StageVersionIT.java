package io.millrace.worker.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Results are found again whichever application made them: in a service of its own, or in the all-in-one. */
class StageVersionIT {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final Map<String, String> STAGES = Map.of(
            "svd-service", "io/millrace/svd/SvdStage",
            "pruning-service", "io/millrace/pruning/PruningStage",
            "finetune-service", "io/millrace/finetune/FinetuneStage",
            "quant-service", "io/millrace/quant/QuantStage",
            "evaluator-service", "io/millrace/evaluator/EvaluatorStage");

    @Test
    void aStageHasTheSameVersionInEveryApplication() throws Exception {
        Map<String, String> packaged = new LinkedHashMap<>();
        Map<String, String> plain = new LinkedHashMap<>();
        Map<String, String> together = new LinkedHashMap<>();
        ClassLoader allInOne = application("standalone");
        for (Map.Entry<String, String> stage : STAGES.entrySet()) {
            packaged.put(stage.getKey(), version(stage.getValue(), application(stage.getKey())));
            plain.put(stage.getKey(), version(stage.getValue(), classPath(stage.getKey())));
            together.put(stage.getKey(), version(stage.getValue(), allInOne));
        }

        assertThat(packaged).isEqualTo(together);
        assertThat(plain).isEqualTo(together);
        assertThat(together.values()).doesNotHaveDuplicates();
    }

    private static String version(String stage, ClassLoader application) {
        assertThat(application.getResource(stage + ".class")).as(stage).isNotNull();
        return StageVersion.of(stage, application);
    }

    /** The class loader that a packaged application starts with. */
    private static ClassLoader application(String module) throws Exception {
        Path root = PROJECT.resolve(module).resolve("target/quarkus-app");
        ClassLoader boot = loader(jars(root.resolve("lib/boot")));
        try (InputStream description = Files.newInputStream(root.resolve("quarkus/quarkus-application.dat"))) {
            Object read = boot.loadClass("io.quarkus.bootstrap.runner.SerializedApplication")
                    .getMethod("read", InputStream.class, Path.class)
                    .invoke(null, description, root);
            return (ClassLoader)
                    read.getClass().getMethod("getRunnerClassLoader").invoke(read);
        }
    }

    /** The module's jar and what it needs, as plain jars. */
    private static ClassLoader classPath(String module) throws Exception {
        Path target = PROJECT.resolve(module).resolve("target");
        List<Path> all = new ArrayList<>(jars(target));
        all.addAll(jars(target.resolve("quarkus-app/lib/main")));
        return loader(all);
    }

    private static List<Path> jars(Path folder) {
        return List.of(folder.toFile().listFiles((where, name) -> name.endsWith(".jar"))).stream()
                .map(File::toPath)
                .filter(file -> !file.toString().endsWith("-tests.jar"))
                .sorted()
                .toList();
    }

    private static ClassLoader loader(List<Path> jars) throws Exception {
        List<URL> urls = new ArrayList<>();
        for (Path jar : jars) {
            urls.add(jar.toUri().toURL());
        }
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }
}
