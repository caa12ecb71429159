package io.millrace.orchestrator.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Artifact;
import io.millrace.contracts.FailureKind;
import io.millrace.contracts.Json;
import io.millrace.contracts.event.JobEvent;
import io.millrace.contracts.job.JobStatus.Candidate;
import io.millrace.contracts.job.JobStatus.Phase;
import io.millrace.contracts.job.JobStatus.Standing;
import io.millrace.contracts.task.Evaluation;
import io.millrace.contracts.task.Findings;
import io.millrace.contracts.task.Outcome;
import io.millrace.contracts.task.Outcome.Result;
import io.millrace.contracts.task.Task;
import io.millrace.orchestrator.RestAnswers;
import io.millrace.orchestrator.process.World.Refusal;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class RecipeWalkTest {
    private static final String HEAD = """
            model: s3://models/lenet.onnx
            data: {train: s3://data/train, validation: s3://data/test}
            objective: {metric: top1, max-drop: 0.01, mac-ratio: 0.5}
            """;

    @Test
    void theGuidebooksRecipe() {
        World world = World.submitted("""
                model: s3://models/lenet.onnx
                data: {train: s3://data/train, validation: s3://data/test}
                recipe: svd-cp-int8
                mac-ratio: 0.5
                """).run();

        assertThat(world.state.phase()).isEqualTo(Phase.COMPLETED);
        assertThat(world.state.objectiveMet()).as(world.state.reason()).isTrue();
        assertThat(ids(world, Standing.KEPT)).contains("1-2", "1-3");
        assertThat(world.candidate("1-1").reason()).isEqualTo("2 better kept");
        assertThat(world.issuedFor("pruning", "compress"))
                .extracting(task -> task.parameters().get("mac-ratio").doubleValue())
                .containsExactlyInAnyOrder(0.666666, 0.76923);
        Candidate chosen = world.candidate(world.state.chosen());
        assertThat(chosen.evaluation().macs()).isLessThanOrEqualTo(RestAnswers.MACS / 2);
        assertThat(world.candidate(world.state.chosenQuantized()).parent()).isEqualTo(chosen.id());
        assertThat(world.issuedFor("quant", "quantize")).hasSize(1);
        assertThat(world.news).last().isInstanceOf(JobEvent.Completed.class);
    }

    @Test
    void tasksNameModelsDataAndSeed() {
        World world = World.submitted(HEAD + """
                seed: 11
                recipe:
                  - compress: {method: channel-pruning, mac-ratio: 0.5, criterion: l2}
                    finetune: {epochs: 2}
                """).run();

        Task prune = world.issuedFor("pruning", "compress").get(0);
        assertThat(prune.seed()).isEqualTo(11);
        assertThat(prune.data()).containsOnlyKeys("calibration");
        assertThat(prune.data().values()).allMatch(Artifact::resolved);
        assertThat(prune.models()).containsOnlyKeys("model");
        Task tune = world.issuedFor("finetune", "finetune").get(0);
        assertThat(tune.parameters()).hasToString("{\"epochs\":2}");
        assertThat(tune.models().get("model")).isNotEqualTo(tune.models().get("original"));
        assertThat(world.candidate("1-1").parameters().at("/finetune/epochs").intValue())
                .isEqualTo(2);
        assertThat(world.candidate("1-1").findings()).containsKey("pruning").containsKey("finetune");
    }

    @Test
    void nothingWithinMeansMilderRatiosTwice() {
        World world = World.submitted(HEAD + """
                recipe:
                  - compress: {method: channel-pruning, mac-ratio: 0.5}
                    keep: {within: 0.006}
                """).run();

        assertThat(world.issuedFor("pruning", "compress"))
                .extracting(task -> task.parameters().get("mac-ratio").doubleValue())
                .containsExactly(0.5, 0.75, 0.875);
        assertThat(world.candidate("1-1").reason()).contains("allowed 0.0060").contains("milder");
        assertThat(world.candidate("1-3").evaluation().macs()).isEqualTo(875_000);
        assertThat(world.state.phase()).isEqualTo(Phase.COMPLETED);
        assertThat(world.state.objectiveMet()).isFalse();
        assertThat(world.state.reason()).contains("MAC ratio");
    }

    @Test
    void whenNoStepBackHelpsTheBestThereIsGoesOn() {
        World world = World.submitted(HEAD + """
                recipe:
                  - compress: {method: channel-pruning, mac-ratio: 0.5}
                    keep: {within: 0}
                """).run();

        assertThat(world.issuedFor("pruning", "compress")).hasSize(3);
        assertThat(world.state.phase()).isEqualTo(Phase.COMPLETED);
        assertThat(world.state.chosen()).isNotNull();
        assertThat(world.state.objectiveMet()).isFalse();
    }

    @Test
    void aCandidateThatIsSmallEnoughPassesTheComplement() {
        World world = World.submitted(HEAD + """
                recipe:
                  - compress: {method: spatial-svd, mac-ratio: 0.4}
                  - compress: {method: channel-pruning, mac-ratio: complement}
                """).run();

        assertThat(world.issuedFor("pruning", "compress")).isEmpty();
        assertThat(world.state.chosen()).isEqualTo("1-1");
        assertThat(world.candidate("1-1").notes())
                .containsExactly("channel-pruning left it as it was: it is small enough already");
        assertThat(world.state.reason()).contains("channel-pruning made no model: what came in was small enough");
    }

    @Test
    void onlyQuantizationWorksToo() {
        World world = World.submitted("""
                model: s3://models/lenet.onnx
                data: {calibration: s3://data/train, validation: s3://data/test}
                recipe: int8
                """).run();

        assertThat(world.state.phase()).isEqualTo(Phase.COMPLETED);
        assertThat(world.state.chosen()).isNull();
        assertThat(world.state.chosenQuantized()).isEqualTo("1-1");
        assertThat(world.candidate("1-1").method()).isEqualTo("qdq-int8");
        assertThat(world.state.objectiveMet()).isTrue();
    }

    @Test
    void aQuantizedModelThatFallsTooFarMissesTheObjective() {
        World world = World.submitted(HEAD + """
                recipe:
                  - compress: {method: channel-pruning, mac-ratio: 0.5}
                    finetune: {epochs: 1}
                  - quantize: {bits: 8, max-drop: 0.0005}
                """).run();

        assertThat(world.state.chosen()).isEqualTo("1-1");
        assertThat(world.state.chosenQuantized()).isEqualTo("2-1");
        assertThat(world.state.objectiveMet()).isFalse();
        assertThat(world.state.reason()).contains("quantization lowers top1 by 0.0010, allowed 0.0005");
    }

    @Test
    void aQuantizedModelThatIsSlowerThanItsParentIsNotDelivered() {
        World world = World.submitted(HEAD + PRUNED_AND_QUANTIZED);

        world.run(task -> quantizedSpeedUp(task, 1.1));

        assertThat(world.state.chosen()).isEqualTo("1-1");
        assertThat(world.state.chosenQuantized()).isNull();
        assertThat(world.state.reason())
                .contains("no quantized model is delivered: 2-1 is slower here than 1-1, of which it was made")
                .contains("1.10x against 2.00x");
    }

    @Test
    void aSlowerQuantizedModelIsDeliveredWhereSizeIsAskedForAndSaysSo() {
        World world = World.submitted(HEAD.replace("mac-ratio: 0.5", "size-ratio: 0.6") + PRUNED_AND_QUANTIZED);

        world.run(task -> quantizedSpeedUp(task, 1.1));

        assertThat(world.state.chosenQuantized()).isEqualTo("2-1");
        assertThat(world.state.objectiveMet()).as(world.state.reason()).isTrue();
        assertThat(world.state.reason()).contains("2-1 is slower here").contains("of use for its size only");
    }

    @Test
    void aQuantizedModelSlowerThanTheOriginalDoesNotMeetTheObjective() {
        World world = World.submitted("""
                model: s3://models/lenet.onnx
                data: {calibration: s3://data/train, validation: s3://data/test}
                recipe: int8
                """);

        world.run(task -> quantizedSpeedUp(task, 0.8));

        assertThat(world.state.chosenQuantized()).isEqualTo("1-1");
        assertThat(world.state.objectiveMet()).isFalse();
        assertThat(world.state.reason()).contains("1-1 is slower here than the original (0.80x against 1)");
    }

    @Test
    void withinTheIntervalsAQuantizedModelIsNotSlower() {
        World world = World.submitted(HEAD + PRUNED_AND_QUANTIZED);

        world.run(task -> quantizedSpeedUp(task, 1.97));

        assertThat(world.state.chosenQuantized()).isEqualTo("2-1");
        assertThat(world.state.objectiveMet()).as(world.state.reason()).isTrue();
    }

    private static final String PRUNED_AND_QUANTIZED = """
            recipe:
              - compress: {method: channel-pruning, mac-ratio: 0.5}
                finetune: {epochs: 1}
              - quantize: {bits: 8}
            """;

    private static Outcome quantizedSpeedUp(Task task, double speedUp) {
        Outcome answer = RestAnswers.to(task);
        boolean ofQuantized = task.action().equals("evaluate")
                && task.models().get("model").uri().contains("int8");
        if (!ofQuantized) {
            return answer;
        }
        Evaluation figures = ((Outcome.Result) answer).evaluation();
        return new Outcome.Result(
                List.of(),
                null,
                RestAnswers.figures(figures.macs(), figures.metrics().get("top1"), speedUp));
    }

    @Test
    void anOutsideStageIsAStageLikeAnyOther() {
        World world = World.submitted(HEAD + "recipe: [{stage: {name: polish, parameters: {times: 3}}}]");

        world.run(task -> task.stage().equals("polish")
                ? Outcome.Result.ofModels(
                        List.of(new Outcome.ProducedModel(
                                "polished", new Artifact("s3://m/polished@0.5", "p", 1), task.parameters())),
                        null)
                : RestAnswers.to(task));

        assertThat(world.candidate("1-1").method()).isEqualTo("polish");
        assertThat(world.state.chosen()).isEqualTo("1-1");
    }

    @Test
    void whatAMethodCannotTouchIsLeftAndTheJobGoesOn() {
        World world = World.submitted(HEAD + """
                recipe:
                  - compress: {method: spatial-svd, mac-ratios: [0.5, 0.75]}
                  - compress: {method: channel-pruning, mac-ratio: complement}
                    finetune: {epochs: 1}
                """);

        world.run(refusing("svd", FailureKind.UNSUPPORTED, "no layer to split"));

        assertThat(world.state.phase()).isEqualTo(Phase.COMPLETED);
        assertThat(world.state.chosen()).isEqualTo("2-1");
        assertThat(world.candidate("2-1").parent()).isNull();
        assertThat(world.state.failedTasks()).singleElement().satisfies(task -> assertThat(task.failure())
                .isEqualTo("no layer to split"));
        assertThat(world.state.reason()).contains("spatial-svd made no model: no layer to split");
    }

    @Test
    void withoutAnyCandidateTheJobFailsAndSaysWhy() {
        World world = World.submitted(HEAD + "recipe: [{compress: {method: channel-pruning, mac-ratio: 0.5}}]");

        world.run(refusing("pruning", FailureKind.UNSUPPORTED, "no layer to prune"));

        assertThat(world.state.phase()).isEqualTo(Phase.FAILED);
        assertThat(world.state.reason()).contains("no layer to prune");
    }

    @Test
    void aFaultyInputEndsTheJobInTheFirstRound() {
        World world = World.submitted(HEAD + """
                recipe:
                  - compress: {method: channel-pruning, mac-ratio: 0.5}
                  - quantize: {}
                """);

        world.run(refusing("pruning", FailureKind.INVALID_INPUT, "calibration: empty"));

        assertThat(world.state.phase()).isEqualTo(Phase.FAILED);
        assertThat(world.state.reason()).contains("calibration: empty");
        assertThat(world.issuedFor("quant", "quantize")).isEmpty();
    }

    @Test
    void aFailedQuantizationLeavesTheUnquantizedChoice() {
        World world = World.submitted(HEAD + """
                recipe:
                  - compress: {method: channel-pruning, mac-ratio: 0.5}
                    finetune: {epochs: 1}
                  - quantize: {}
                """);

        world.run(refusing("quant", FailureKind.INVALID_INPUT, "node Conv_1: no calibration"));

        assertThat(world.state.phase()).isEqualTo(Phase.COMPLETED);
        assertThat(world.state.chosen()).isEqualTo("1-1");
        assertThat(world.state.objectiveMet()).isFalse();
        assertThat(world.state.reason()).contains("no quantized model").contains("Conv_1");
    }

    @Test
    void aModelThatCannotBeFineTunedIsMeasuredAsItIs() {
        World world = World.submitted(HEAD + """
                recipe:
                  - compress: {method: channel-pruning, mac-ratio: 0.5}
                    finetune: {epochs: 1}
                """);

        world.run(refusing("finetune", FailureKind.UNSUPPORTED, "no gradient of operator Foo"));

        Candidate candidate = world.candidate("1-1");
        assertThat(candidate.evaluation()).isNotNull();
        assertThat(candidate.findings().get("finetune").toString()).contains("no gradient of operator Foo");
        assertThat(candidate.notes()).containsExactly("not fine-tuned: no gradient of operator Foo");
        assertThat(candidate.label()).endsWith(", not fine-tuned");
        assertThat(world.state.reason()).contains("1-1 (" + candidate.label() + ")");
    }

    @Test
    void aTrainingThatMakesNoModelLeavesTheCandidateAndIsSaid() {
        World world = World.submitted(HEAD + """
                recipe:
                  - compress: {method: channel-pruning, mac-ratio: 0.5}
                    finetune: {epochs: 1}
                """);
        String diverged = "the model is as it was before: training diverged";

        world.run(task -> task.stage().equals("finetune") ? Result.ofFindings(notes(diverged)) : RestAnswers.to(task));

        Candidate candidate = world.candidate("1-1");
        assertThat(candidate.evaluation()).isNotNull();
        assertThat(candidate.label()).endsWith(", not fine-tuned");
        assertThat(candidate.notes()).containsExactly("not fine-tuned: " + diverged);
        assertThat(candidate.parameters().has("finetune")).isFalse();
    }

    @Test
    void whatStagesSayStandsWithTheCandidateItIsAbout() {
        World world = World.submitted(HEAD + """
                recipe:
                  - compress: {method: spatial-svd, mac-ratios: [0.5, 0.75]}
                    finetune: {epochs: 1}
                """);

        world.run(task -> {
            Outcome answer = RestAnswers.to(task);
            if (task.stage().equals("finetune")) {
                return Result.ofModels(((Result) answer).models(), notes("trained in batches of 16"));
            }
            if (!task.action().equals("select")) {
                return answer;
            }
            List<Outcome.ProducedModel> made = ((Result) answer).models();
            Outcome.ProducedModel first = made.get(0);
            return Result.ofModels(
                    List.of(
                            new Outcome.ProducedModel(first.label(), first.model(), notes("0.5 is overshot")),
                            made.get(1)),
                    notes("MACs are partial"));
        });

        assertThat(world.candidate("1-1").notes())
                .containsExactly("0.5 is overshot", "MACs are partial", "fine-tuning: trained in batches of 16");
        assertThat(world.candidate("1-2").notes())
                .containsExactly("MACs are partial", "fine-tuning: trained in batches of 16");
    }

    @Test
    void notesAreBounded() {
        World world = World.submitted(HEAD + "recipe: [{compress: {method: channel-pruning, mac-ratio: 0.5}}]");
        String[] many = java.util.stream.IntStream.range(0, 50)
                .mapToObj(i -> "note " + i + "x".repeat(1000))
                .toArray(String[]::new);

        world.run(task -> task.action().equals("compress")
                ? Result.ofModels(((Result) RestAnswers.to(task)).models(), notes(many))
                : RestAnswers.to(task));

        assertThat(world.candidate("1-1").notes())
                .hasSize(13)
                .allSatisfy(note -> assertThat(note).hasSizeLessThan(520))
                .last()
                .isEqualTo("there are more notes in its findings");
    }

    private static ObjectNode notes(String... notes) {
        ObjectNode findings = Json.mapper().createObjectNode();
        for (String note : notes) {
            findings.withArray("notes").add(note);
        }
        return findings;
    }

    @Test
    void aCandidateThatFailsIsDroppedAndTheOthersGoOn() {
        World world = World.submitted(HEAD + """
                recipe:
                  - compress: {method: spatial-svd, mac-ratios: [0.5, 0.75]}
                    finetune: {epochs: 1}
                """);

        world.run(task -> {
            if (task.stage().equals("finetune")
                    && task.models().get("model").uri().endsWith("@0.75")) {
                throw new Refusal(FailureKind.INVALID_INPUT, "loss is not a number");
            }
            return RestAnswers.to(task);
        });

        assertThat(world.candidate("1-2").state()).isEqualTo(Standing.DROPPED);
        assertThat(world.candidate("1-2").reason()).contains("loss is not a number");
        assertThat(world.state.chosen()).isEqualTo("1-1");
    }

    @Test
    void twinsAreMeasuredOnce() {
        World world = World.submitted(HEAD + "recipe: [{compress: {method: spatial-svd, mac-ratios: [0.5, 0.5]}}]")
                .run();

        assertThat(world.candidate("1-2").reason()).isEqualTo("the same model as 1-1");
        assertThat(world.issuedFor("evaluation", "evaluate")).hasSize(1);
    }

    @Test
    void aMetricThatCannotBeMeasuredFailsTheJob() {
        World world = World.submitted(HEAD.replace("top1", "agreement") + "recipe: int8")
                .run();

        assertThat(world.state.phase()).isEqualTo(Phase.FAILED);
        assertThat(world.state.reason()).contains("objective.metric").contains("top1");
    }

    @Test
    void aFaultySpecificationIsAFailedJobWithAllItsFaults() {
        World world = World.submitted("recipe: int8");

        assertThat(world.state.phase()).isEqualTo(Phase.FAILED);
        assertThat(world.queue).isEmpty();
        assertThat(world.news).singleElement().isInstanceOfSatisfying(JobEvent.Failed.class, failed -> assertThat(
                        failed.faults())
                .hasSize(2));
    }

    private static Function<Task, Outcome> refusing(String stage, FailureKind kind, String message) {
        return task -> {
            if (task.stage().equals(stage)) {
                throw new Refusal(kind, message);
            }
            return RestAnswers.to(task);
        };
    }

    private static List<String> ids(World world, Standing standing) {
        return world.state.candidates().stream()
                .filter(candidate -> candidate.state() == standing)
                .map(Candidate::id)
                .toList();
    }

    @Test
    void findingsOfManyModelsStandWithTheFirstOfThem() {
        ObjectNode inline = Json.mapper().createObjectNode().put("large", "x".repeat(4_000_000));
        ObjectNode stored = Findings.summary(inline, new Artifact("s3://millrace/f.json", "abc", 4_000_000));
        for (ObjectNode findings : List.of(inline, stored)) {
            World job = World.submitted("""
                    model: s3://models/lenet.onnx
                    data: {train: s3://data/train, validation: s3://data/test}
                    objective: {mac-ratio: 0.5}
                    recipe: [{compress: {method: spatial-svd, mac-ratios: [0.5, 0.6, 0.7]}}]
                    """);
            job.run(task -> task.action().equals("select")
                    ? Result.ofModels(((Result) RestAnswers.to(task)).models(), findings)
                    : RestAnswers.to(task));

            assertThat(job.state.candidates()).hasSize(3);
            assertThat(Findings.size(job.state.candidates())).isLessThan(20_000);
            assertThat(job.state.candidates()).allSatisfy(candidate -> assertThat(
                            Findings.stored(candidate.findings().get("svd")))
                    .isEqualTo(Findings.stored(findings)));
        }
    }
}
