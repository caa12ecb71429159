package io.millrace.standalone;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who may know whom; see docs/architecture.md. */
@AnalyzeClasses(packages = "io.millrace", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
    private static final String[] SERVICES = {
        "io.millrace.svd..",
        "io.millrace.pruning..",
        "io.millrace.finetune..",
        "io.millrace.quant..",
        "io.millrace.evaluator..",
        "io.millrace.orchestrator.."
    };
    private static final String[] PLAIN_LIBRARIES = {
        "io.millrace.contracts..",
        "io.millrace.onnx..",
        "io.millrace.data..",
        "io.millrace.tensor..",
        "io.millrace.inference..",
        "io.millrace.selection..",
        "io.millrace.compression..",
        "io.millrace.artifacts..",
        "io.millrace.embedded.."
    };
    private static final String[] FRAMEWORK = {
        "io.quarkus..",
        "jakarta.enterprise..",
        "jakarta.inject..",
        "jakarta.ws.rs..",
        "org.eclipse.microprofile..",
        "io.smallrye.."
    };

    @ArchTest
    static final ArchRule librariesKnowNoService = noClasses()
            .that()
            .resideInAnyPackage(PLAIN_LIBRARIES)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SERVICES);

    @ArchTest
    static final ArchRule theWorkerKnowsNoService = noClasses()
            .that()
            .resideInAPackage("io.millrace.worker..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(SERVICES);

    @ArchTest
    static final ArchRule librariesAreFreeOfTheFramework = noClasses()
            .that()
            .resideInAnyPackage(PLAIN_LIBRARIES)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(FRAMEWORK);

    @ArchTest
    static final ArchRule servicesDoNotKnowEachOther = slices().matching(
                    "io.millrace.(svd|pruning|finetune|quant|evaluator|orchestrator)..")
            .should()
            .notDependOnEachOther();

    @ArchTest
    static final ArchRule theOrchestratorNeverOpensAModel = noClasses()
            .that()
            .resideInAPackage("io.millrace.orchestrator..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.millrace.onnx..",
                    "io.millrace.tensor..",
                    "io.millrace.inference..",
                    "io.millrace.selection..",
                    "io.millrace.data..",
                    "io.millrace.worker..");

    @ArchTest
    static final ArchRule onlyTheEdgesOfAStageServiceTouchTheFramework = classes()
            .that()
            .resideInAnyPackage(
                    "io.millrace.svd..",
                    "io.millrace.pruning..",
                    "io.millrace.finetune..",
                    "io.millrace.quant..",
                    "io.millrace.evaluator..")
            .and()
            .haveSimpleNameNotEndingWith("Stage")
            .and()
            .haveSimpleNameNotEndingWith("Resource")
            .should()
            .onlyDependOnClassesThat(not(resideInAnyPackage(FRAMEWORK)));

    @ArchTest
    static final ArchRule namesSayWhatAClassDoes =
            noClasses().should().haveNameMatching(".*(Util|Utils|Helper|Manager|Common|Misc)");

    /** Also not in two modules: who reads a name knows which class is meant. */
    @Test
    void noTwoClassesShareAName() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of(".."))) {
            Map<String, List<Path>> byName = files.filter(ArchitectureTest::isSource)
                    .collect(Collectors.groupingBy(file -> file.getFileName().toString()));
            assertThat(byName).hasSizeGreaterThan(400);
            byName.values().removeIf(same -> same.size() == 1);
            assertThat(byName).isEmpty();
        }
    }

    private static boolean isSource(Path file) {
        String path = file.toString().replace('\\', '/');
        return path.matches(".*/src/(main|test)/java/.*\\.java") && !path.endsWith("/package-info.java");
    }
}
