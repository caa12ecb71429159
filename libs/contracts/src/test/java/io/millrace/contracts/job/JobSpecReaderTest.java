package io.millrace.contracts.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.millrace.contracts.Json;
import io.millrace.contracts.field.Fault;
import io.millrace.contracts.job.JobSpec.Keep;
import io.millrace.contracts.job.JobSpecReader.Addresses;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JobSpecReaderTest {
    private static final String LONG = """
            name: resnet-half
            model: s3://models/resnet.onnx
            data: {train: s3://data/fashion/train, validation: s3://data/fashion/test}
            objective: {metric: top1, max-drop: 0.02, mac-ratio: 0.5}
            seed: 7
            recipe:
              - compress: {method: spatial-svd, mac-ratios: [0.5, 0.65, 0.75], ranks: greedy, align: runtime}
                finetune: {epochs: 3, optimizer: sgd, learning-rate: 0.01, distill: {temperature: 4, weight: 0.7}}
                keep: {within: 0.05, top: 2}
              - compress: {method: channel-pruning, mac-ratio: complement, criterion: l2, reconstruct: true}
                finetune: {epochs: 3}
                keep: {top: 1}
              - stage: {name: polish, action: rub, parameters: {times: 3}}
              - quantize: {format: qdq, bits: 8, calibration: sqnr, prepare: [fold-bn], max-drop: 0.003}
            """;

    private static final String SHORT = """
            model: s3://models/lenet.onnx
            data: {train: s3://data/train, validation: s3://data/test}
            """;

    private final JobSpecReader reader = new JobSpecReader(Addresses.STORED);

    @Test
    void readsTheLongForm() throws InvalidJobException {
        JobSpec spec = reader.read(LONG);

        assertThat(spec.name()).isEqualTo("resnet-half");
        assertThat(spec.seed()).isEqualTo(7);
        assertThat(spec.data()).containsEntry("calibration", "s3://data/fashion/train");
        assertThat(spec.objective()).isEqualTo(new JobSpec.Objective("top1", 0.02, 0.5, null, null, null));
        assertThat(spec.recipe())
                .extracting(round -> round.step().stage(), round -> round.step().action(), JobSpec.Round::keep)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("svd", "compress", new Keep(0.05, 2, null)),
                        org.assertj.core.groups.Tuple.tuple("pruning", "compress", new Keep(null, 1, null)),
                        org.assertj.core.groups.Tuple.tuple("polish", "rub", Keep.ALL),
                        org.assertj.core.groups.Tuple.tuple("quant", "quantize", new Keep(null, null, 0.003)));
        assertThat(spec.recipe().get(0).step().parameters())
                .hasToString("{\"method\":\"spatial-svd\",\"ranks\":\"greedy\",\"align\":\"runtime\","
                        + "\"mac-ratios\":[0.5,0.65,0.75]}");
        assertThat(spec.recipe().get(0).finetune().at("/distill/weight").doubleValue())
                .isEqualTo(0.7);
        assertThat(spec.recipe().get(1).step().parameters().get("mac-ratio")).hasToString("[\"complement\"]");
        assertThat(spec.recipe().get(3).step().parameters().has("max-drop")).isFalse();
    }

    @Test
    void aReadSpecificationSurvivesJson() throws Exception {
        JobSpec spec = reader.read(LONG);

        String json = Json.mapper().writeValueAsString(spec);

        assertThat(json).contains("\"max-drop\":0.02");
        assertThat(Json.mapper().readValue(json, JobSpec.class)).isEqualTo(spec);
    }

    @Test
    void aJobSaysWhatItsOutputsHold() throws Exception {
        JobSpec spec = reader.read(LONG + "outputs: {logits: class-scores, age: values}\n");

        assertThat(spec.outputs())
                .containsExactlyInAnyOrderEntriesOf(Map.of("logits", "class-scores", "age", "values"));
        assertThat(Json.mapper().readValue(Json.mapper().writeValueAsString(spec), JobSpec.class))
                .isEqualTo(spec);
        assertThatThrownBy(() -> reader.read(LONG + "outputs: {logits: class-score}\n"))
                .hasMessageStartingWith("outputs.logits: \"class-score\" is none of class-scores, probabilities")
                .hasMessageEndingWith("(did you mean \"class-scores\"?)");
    }

    @Test
    void expandsTheShortForm() throws InvalidJobException {
        JobSpec spec = reader.read(SHORT + "recipe: svd-cp-int8\nmac-ratio: 0.5\n");

        assertThat(spec.name()).isEqualTo("lenet");
        assertThat(spec.objective().macRatio()).isEqualTo(0.5);
        assertThat(spec.recipe()).extracting(round -> round.step().stage()).containsExactly("svd", "pruning", "quant");
        assertThat(spec.recipe().get(0).step().parameters().get("mac-ratios")).hasToString("[0.5,0.65,0.75]");
    }

    @Test
    void theShortestRecipesNeedNoMore() throws InvalidJobException {
        assertThat(reader.read(SHORT + "recipe: int8").recipe()).hasSize(1);
        assertThat(reader.read(SHORT
                                + "{recipe: cp, mac-ratio: 0.6}"
                                        .replaceAll("[{}]", "")
                                        .replace(", ", "\n"))
                        .recipe())
                .hasSize(1);
    }

    @Test
    void answersWithEveryFaultAtOnce() {
        String job = """
                nam: x
                model: /home/me/model.onnx
                data: {train: s3://data/train, test: s3://data/test}
                objective: {metric: top2, max-drop: 1.5, mac-ratio: 0}
                seed: many
                recipe:
                  - compress: {method: spatial-svd, mac-ratios: [0.5, 1.5], rank: greedy, align: 0}
                    finetune: {epoch: 3, optimizer: sdg, learning-rate: fast, distill: {temperature: 0}}
                    keep: {within: 2, top: 0}
                  - compress: {method: spacial-svd}
                  - quantize: {bits: 4, prepare: [fold_bn]}
                    compress: {}
                  - 7
                """;

        assertThat(faults(job))
                .containsExactlyInAnyOrder(
                        "nam: unknown field (did you mean \"name\"?)",
                        "model: \"/home/me/model.onnx\" is no address in the object store; must be s3://bucket/key",
                        "objective.metric: \"top2\" is none of top1, top5, auc, agreement (did you mean \"top1\"?)",
                        "objective.max-drop: 1.5 is not allowed; must be a number of at least 0 and below 1",
                        "objective.mac-ratio: 0 is not allowed; must be a number above 0 and below 1",
                        "recipe[0].compress.mac-ratios[1]: 1.5 is not allowed; must be a number above 0 and below 1",
                        "recipe[0].compress.rank: unknown field (did you mean \"ranks\"?)",
                        "recipe[0].compress.align: must be \"runtime\" or a whole number, at least 1",
                        "recipe[0].finetune.epoch: unknown field (did you mean \"epochs\"?)",
                        "recipe[0].finetune.optimizer: \"sdg\" is none of sgd, adamw (did you mean \"sgd\"?)",
                        "recipe[0].finetune.learning-rate: must be a number above 0 and below 10",
                        "recipe[0].finetune.distill.temperature: 0 is not allowed; must be a number above 0",
                        "recipe[0].keep.within: 2 is not allowed; must be a number of at least 0 and below 1",
                        "recipe[0].keep.top: must be a whole number, at least 1",
                        "recipe[1].compress.method: \"spacial-svd\" is none of auto, channel-pruning, cp, spatial-svd, tucker,"
                                + " weight-svd (did you mean \"spatial-svd\"?)",
                        "recipe[1].compress.mac-ratio: give either mac-ratio (a number, or complement) or mac-ratios"
                                + " (a list), or one of parameter-ratio, size-ratio, speed-up",
                        "recipe[2].quantize: a round has exactly one of compress, quantize, stage",
                        "recipe[2].compress.method: is missing; there are auto, channel-pruning, cp, spatial-svd, tucker,"
                                + " weight-svd",
                        "recipe[2].compress.mac-ratio: give either mac-ratio (a number, or complement) or mac-ratios"
                                + " (a list), or one of parameter-ratio, size-ratio, speed-up",
                        "recipe[3]: must be an object with named fields",
                        "data.validation: is missing; every candidate is measured on it",
                        "data.test: unknown field; there are train, calibration, validation",
                        "seed: must be a whole number");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'' | job: must be an object with named fields",
                "'[]' | job: must be an object with named fields",
                "'a: [' | job: not YAML or JSON",
                "'a: 1\na: 2' | job: not YAML or JSON: line 2",
            })
    void whatIsNoSpecificationAtAllIsOneFault(String text, String expected) {
        assertThat(faults(text)).singleElement().asString().startsWith(expected);
    }

    @Test
    void complementNeedsATarget() {
        String job = SHORT + "recipe: [{compress: {method: channel-pruning, mac-ratio: complement}}]";

        assertThat(faults(job)).containsExactly("recipe[0].compress.mac-ratio: complement needs objective.mac-ratio");
    }

    @Test
    void compressionComesBeforeQuantization() {
        String job = SHORT + "recipe: [{quantize: {}}, {compress: {method: spatial-svd, mac-ratio: 0.5}}]";

        assertThat(faults(job))
                .containsExactly("recipe[1].compress: compress first, quantize last:"
                        + " move this round before the quantize round");
    }

    @Test
    void anUnknownShortRecipeIsToldTheOthers() {
        assertThat(faults(SHORT + "recipe: svd-cp-int4\nmac-ratio: 0.5"))
                .singleElement()
                .asString()
                .startsWith("recipe: \"svd-cp-int4\" is no short recipe")
                .contains("did you mean \"svd-cp-int8\"");
    }

    @Test
    void anObjectiveStandsInOnePlace() {
        assertThat(faults(SHORT + "recipe: cp\nobjective: {metric: top5}\nmac-ratio: 0.5\nmax-drop: 0.02"))
                .contains(
                        "mac-ratio: has no effect beside objective; move it there",
                        "max-drop: has no effect beside objective; move it there");
    }

    @Test
    void localPathsAreForClientsOnly() throws InvalidJobException {
        String job = "model: net.onnx\ndata: {train: ./train, validation: ./test}\nrecipe: int8";

        assertThat(new JobSpecReader(Addresses.ANY).read(job).data())
                .isEqualTo(Map.of("train", "./train", "calibration", "./train", "validation", "./test"));
        assertThat(faults(job)).hasSize(3);
    }

    private List<String> faults(String job) {
        InvalidJobException e = catchThrowableOfType(InvalidJobException.class, () -> reader.read(job));
        assertThat(e).as("faults of %s", job).isNotNull();
        return e.faults().stream().map(Fault::toString).toList();
    }

    @Test
    void hostileJobsAreRefusedBeforeAnythingIsCopied() {
        String deep = "[".repeat(500) + "]".repeat(500);
        String rounds = "{compress: {method: channel-pruning, mac-ratio: 0.5}},".repeat(17);
        String ratios = "0.5,".repeat(501);
        String fourTimesTen = "{compress: {method: channel-pruning, mac-ratios: [%s]}},"
                .formatted("0.5,".repeat(10))
                .repeat(4);

        assertThat(refusal("parameters: " + deep)).contains("is nested more than 32 deep");
        assertThat(refusal("seed: " + "1".repeat(300))).contains("seed: must be a whole number");
        assertThat(refusal("name: " + "n".repeat(2000))).contains("a text of 2000 characters");
        assertThat(refusal("recipe: [" + "{a: 1},".repeat(20_000) + "]")).contains("more than 10000 values");
        assertThat(refusal("recipe: [" + rounds + "]")).contains("17 rounds; at most 16");
        assertThat(refusal("recipe: [{compress: {method: spatial-svd, mac-ratios: [" + ratios + "]}}]"))
                .contains("would make 501 candidates; at most 500");
        assertThat(refusal("recipe: [" + fourTimesTen + "]")).contains("would make 11110 candidates");
    }

    @Test
    void faultsAreBounded() {
        InvalidJobException many = catchThrowableOfType(
                InvalidJobException.class, () -> reader.read(SHORT + "recipe: [" + "{x: 1},".repeat(900) + "]"));

        assertThat(many.faults()).hasSizeBetween(100, 101);
        assertThat(many.faults().get(many.faults().size() - 1).message()).contains("more faults");
    }

    private String refusal(String more) {
        return catchThrowableOfType(InvalidJobException.class, () -> reader.read(SHORT + more))
                .getMessage();
    }

    @Test
    void otherTargetsThanMacsSteerTheRounds() throws Exception {
        // given rounds with a target of their own, and one that is after the objective's
        String job = """
                model: s3://models/a.onnx
                data: {calibration: s3://data/c/, validation: s3://data/v/}
                objective: {speed-up: 2}
                recipe:
                  - compress: {method: spatial-svd, speed-up: 1.5, parameter-ratio: 0.8}
                  - compress: {method: channel-pruning}
                """;

        // when
        JobSpec spec = new JobSpecReader(JobSpecReader.Addresses.STORED).read(job);

        // then
        assertThat(spec.recipe().get(0).step().parameters().toString())
                .contains("\"speed-up\":1.5", "\"parameter-ratio\":0.8")
                .doesNotContain("mac-ratio");
        assertThat(spec.recipe().get(1).step().parameters().toString()).isEqualTo("{\"method\":\"channel-pruning\"}");
        assertThat(spec.objective().targets()).containsExactly(java.util.Map.entry("speed-up", 2.0));
    }

    @Test
    void shortRecipeAimsAtWhatTheObjectiveAsks() throws Exception {
        // when
        JobSpec spec = new JobSpecReader(JobSpecReader.Addresses.STORED).read("""
                model: s3://models/a.onnx
                data: {train: s3://data/t/, validation: s3://data/v/}
                objective: {speed-up: 2}
                recipe: svd-cp
                """);

        // then the first round goes half of the way
        assertThat(spec.recipe().get(0).step().parameters().get("speed-up").asDouble())
                .isEqualTo(1.5);
        assertThat(spec.recipe().get(1).step().parameters().has("speed-up")).isFalse();
    }
}
