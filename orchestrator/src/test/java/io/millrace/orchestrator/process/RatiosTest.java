package io.millrace.orchestrator.process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.contracts.job.JobSpec.Step;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RatiosTest {
    private static List<String> tasks(
            String parameters, Map<String, Double> objective, Map<String, Double> own, int stepsBack) throws Exception {
        Step step = new Step(
                "compress", "svd", "compress", (ObjectNode) Json.mapper().readTree(parameters));
        return Ratios.parameters(step, objective, own, stepsBack).stream()
                .map(ObjectNode::toString)
                .toList();
    }

    @Test
    void stepWithoutTargetsIsAfterWhatTheObjectiveStillLacks() throws Exception {
        Map<String, Double> objective = Map.of("speed-up", 2.0);

        assertThat(tasks("{}", objective, Map.of(), 0)).containsExactly("{\"speed-up\":2.0}");
        assertThat(tasks("{}", objective, Map.of("speed-up", 1.6), 0)).containsExactly("{\"speed-up\":1.25}");
        assertThat(tasks("{}", objective, Map.of("speed-up", 2.1), 0)).isEmpty();
    }

    @Test
    void stepBackGoesHalfOfTheWayByEveryMeasure() throws Exception {
        assertThat(tasks("{\"speed-up\":2,\"size-ratio\":0.5}", Map.of(), Map.of(), 1))
                .containsExactly("{\"size-ratio\":0.75,\"speed-up\":1.5}");
    }

    @Test
    void ratiosOfMacsComeWithWhatElseIsAsked() throws Exception {
        assertThat(tasks("{\"mac-ratios\":[0.5,0.75],\"speed-up\":1.5}", Map.of(), Map.of(), 0))
                .containsExactly("{\"speed-up\":1.5,\"mac-ratios\":[0.5,0.75]}");
        assertThat(tasks("{\"mac-ratio\":[0.5,\"complement\"]}", Map.of("mac-ratio", 0.5), Map.of("mac-ratio", 0.8), 0))
                .containsExactly("{\"mac-ratio\":0.5}", "{\"mac-ratio\":0.625}");
    }
}
