package io.millrace.standalone;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.method.Method;
import io.millrace.contracts.method.ParameterTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MethodsCommandTest {
    @TempDir
    Path folder;

    @Test
    void listsWhatRecipesCanName() {
        CommandRun run = CommandRun.of("methods");

        assertThat(run.exit()).isZero();
        assertThat(run.out()).contains("spatial-svd", "channel-pruning", "compress", "removes channels");
    }

    @ParameterizedTest
    @EnumSource(Method.class)
    void listsTheParametersOfAMethod(Method method) {
        CommandRun run = CommandRun.of("methods", method.wireName());

        assertThat(run.exit()).isZero();
        assertThat(ParameterTable.of(method)).hasSizeGreaterThan(3).allSatisfy(row -> assertThat(run.out())
                .contains(" " + row.name() + " "));
    }

    @Test
    void aMisspeltMethodIsToldTheOthers() {
        CommandRun run = CommandRun.of("methods", "spacial-svd");

        assertThat(run.exit()).isNotZero();
        assertThat(run.err()).contains("did you mean \"spatial-svd\"?");
    }

    @Test
    void aJobFileIsToldWhatHasNoEffectBeforeAnythingIsSent() throws IOException {
        Path job = Files.writeString(folder.resolve("job.yaml"), """
                model: s3://models/a.onnx
                data: {train: s3://data/train, validation: s3://data/validation}
                recipe: [{compress: {method: spatial-svd, mac-ratio: 0.5}, finetune: {step-epochs: 2}}]
                """);

        CommandRun run = CommandRun.of("submit", job.toString());

        assertThat(run.exit()).isNotZero();
        assertThat(run.err())
                .contains("  recipe[0].finetune.step-epochs: has no effect with schedule cosine (the default);"
                        + " leave it out, or set schedule to step");
    }
}
