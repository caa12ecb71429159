package io.millrace.contracts.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.job.InvalidJobException;
import io.millrace.contracts.job.JobSpecReader;
import io.millrace.contracts.method.FinetuneParameters.Optimizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ParameterReaderTest {

    @ParameterizedTest
    @EnumSource(Method.class)
    void everyMethodNeedsNoParameterAndTakesWhatItWrites(Method method) throws Exception {
        // given
        Record defaults = ParameterReader.read(method.parameters(), given("{}"));

        // when
        Record again = ParameterReader.read(method.parameters(), ParameterReader.write(defaults));

        // then
        assertThat(again).isEqualTo(defaults);
    }

    @ParameterizedTest
    @EnumSource(Method.class)
    void everyParameterIsDescribed(Method method) {
        assertThat(Parameter.of(method.parameters()))
                .filteredOn(parameter -> !parameter.name().equals("method"))
                .allSatisfy(parameter ->
                        assertThat(parameter.description()).as(parameter.name()).isNotBlank());
    }

    @Test
    void whatHasNoEffectHasNoDefault() throws Exception {
        FinetuneParameters adamw = ParameterReader.read(
                FinetuneParameters.class, given("{optimizer: adamw, distill: {weight: 1}, epochs: 9}"));
        FinetuneParameters steps = ParameterReader.read(FinetuneParameters.class, given("{schedule: step, epochs: 9}"));

        assertThat(adamw.optimizer()).isEqualTo(Optimizer.ADAMW);
        assertThat(adamw.learningRate()).isEqualTo(0.0005);
        assertThat(adamw.momentum()).isNull();
        assertThat(adamw.nesterov()).isNull();
        assertThat(adamw.stepEpochs()).isNull();
        assertThat(adamw.labelSmoothing()).isNull();
        assertThat(adamw.distill()).isEqualTo(new FinetuneParameters.Distillation(4.0, 1.0));
        assertThat(steps.stepEpochs()).isEqualTo(3);
        assertThat(steps.momentum()).isEqualTo(0.9);
        assertThat(steps.learningRate()).isEqualTo(0.01);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            FINETUNE | {optimizer: adamw, momentum: 0.9} | momentum: has no effect with optimizer adamw; leave it out, or set optimizer to sgd
            FINETUNE | {optimizer: adamw, nesterov: true} | nesterov: has no effect with optimizer adamw; leave it out, or set optimizer to sgd
            FINETUNE | {momentum: 0, nesterov: true} | nesterov: has no effect with momentum 0; leave it out, or set another momentum
            FINETUNE | {step-epochs: 2} | step-epochs: has no effect with schedule cosine (the default); leave it out, or set schedule to step
            FINETUNE | {schedule: constant, step-factor: 0.5} | step-factor: has no effect with schedule constant; leave it out, or set schedule to step
            FINETUNE | {distill: {weight: 1}, label-smoothing: 0.1} | label-smoothing: has no effect with distill.weight 1; leave it out, or set another distill.weight
            FINETUNE | {distill: {weight: 0, temperature: 2}} | distill.temperature: has no effect with weight 0; leave it out, or set another weight
            QUANTIZE | {percentile: 99} | percentile: has no effect with calibration sqnr (the default); leave it out, or set calibration to percentile
            CHANNEL_PRUNING | {reconstruct: false, reconstruction-samples: 8} | reconstruction-samples: has no effect with reconstruct false; leave it out, or set reconstruct to true
            """)
    void whatHasNoEffectIsRefusedWithTheWayOut(Method method, String parameters, String message) {
        assertThatThrownBy(() -> ParameterReader.read(method.parameters(), given(parameters)))
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            FINETUNE | {optimizer: sgd, momentum: 0.9, nesterov: true}
            FINETUNE | {schedule: step, step-epochs: 2, step-factor: 0.5}
            FINETUNE | {distill: {weight: 0.5, temperature: 2}, label-smoothing: 0.1}
            QUANTIZE | {calibration: percentile, percentile: 99}
            CHANNEL_PRUNING | {reconstruct: true, reconstruction-samples: 8, align: 16}
            SPATIAL_SVD | {ranks: uniform, candidates: 100, samples: 8, align: 1}
            """)
    void whatHasAnEffectIsTaken(Method method, String parameters) throws Exception {
        assertThat(ParameterReader.read(method.parameters(), given(parameters))).isNotNull();
    }

    @Test
    void everyFaultIsNamedAtOnce() {
        assertThatThrownBy(() -> ParameterReader.read(
                        QuantizeParameters.class,
                        given("{bits: 4, prepare: [cle, fold_bn], samples: 1.5, threads: 300, reduce-range: 1,"
                                + " calibration: 7, sample: 1}")))
                .isInstanceOf(InvalidParametersException.class)
                .hasMessage("bits: must be 8; calibration: must be text, one of min-max, moving-average, percentile,"
                        + " entropy, sqnr; prepare[1]: \"fold_bn\" is none of fold-bn, cle, bias-correction (did you"
                        + " mean \"fold-bn\"?); samples: must be a whole number, at least 1; reduce-range: must be true"
                        + " or false; threads: must be a whole number from 1 to 256; sample: unknown field (did you mean"
                        + " \"samples\"?)");
    }

    @Test
    void aTaskOfAnotherMethodIsRefused() {
        assertThatThrownBy(() -> ParameterReader.read(SvdParameters.class, given("{method: channel-pruning}")))
                .hasMessageContaining("method: \"channel-pruning\" is none of ");
    }

    private static ObjectNode given(String yaml) throws InvalidJobException {
        return (ObjectNode) JobSpecReader.parse(yaml);
    }
}
