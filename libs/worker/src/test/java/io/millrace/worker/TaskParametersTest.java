package io.millrace.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.contracts.Json;
import io.millrace.contracts.task.Task;
import jakarta.validation.constraints.Min;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TaskParametersTest {

    record Sample(
            List<BigDecimal> macRatios,
            @JsonProperty(defaultValue = "3") @Min(1) Integer epochs) {}

    private static Task task(String json) throws JsonProcessingException {
        ObjectNode parameters = (ObjectNode) Json.mapper().readTree(json);
        return new Task("id", "job", "svd", "compress", 1, parameters, Map.of(), Map.of(), List.of(), 1, Map.of());
    }

    @Test
    void readsKebabCaseWithDefaultsAndExactDecimals() throws Exception {
        // given
        Task task = task("{\"mac-ratios\": [0.1, 0.65]}");

        // when
        Sample sample = TaskParameters.read(task, Sample.class);

        // then
        assertThat(sample.macRatios()).containsExactly(new BigDecimal("0.1"), new BigDecimal("0.65"));
        assertThat(sample.epochs()).isEqualTo(3);
        assertThat(TaskParameters.write(sample).toString()).isEqualTo("{\"mac-ratios\":[0.1,0.65],\"epochs\":3}");
    }

    @Test
    void namesWhatIsWrong() throws Exception {
        Task unknown = task("{\"mac-ratio\": 0.5}");
        Task refused = task("{\"epochs\": 0}");
        Task mistyped = task("{\"mac-ratios\": [\"many\"], \"shape\": 1}");

        assertThatThrownBy(() -> TaskParameters.read(unknown, Sample.class))
                .isInstanceOf(StageException.class)
                .hasMessage("svd compress: mac-ratio: unknown field (did you mean \"mac-ratios\"?)");
        assertThatThrownBy(() -> TaskParameters.read(refused, Sample.class))
                .isInstanceOf(StageException.class)
                .hasMessage("svd compress: epochs: must be a whole number, at least 1");
        assertThatThrownBy(() -> TaskParameters.read(mistyped, Sample.class))
                .isInstanceOf(StageException.class)
                .hasMessage("svd compress: mac-ratios[0]: must be a number; shape: unknown field; there are mac-ratios,"
                        + " epochs");
    }
}
