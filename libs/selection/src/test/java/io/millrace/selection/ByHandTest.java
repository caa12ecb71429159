package io.millrace.selection;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.selection.ByHand.Count;
import io.millrace.selection.ByHand.Indices;
import io.millrace.selection.ByHand.Share;
import java.math.BigDecimal;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ByHandTest {

    @Test
    void ratiosCountsAndListsOfIndicesAreToldApart() {
        assertThat(ByHand.parse("0.5")).isEqualTo(new Share(new BigDecimal("0.5")));
        assertThat(ByHand.parse(" 48 ")).isEqualTo(new Count(48));
        assertThat(ByHand.parse("105, 8, 9, 11-13, 9")).isEqualTo(new Indices(List.of(8, 9, 11, 12, 13, 105)));
        assertThat(ByHand.parse("3-3")).isEqualTo(new Indices(List.of(3)));
    }

    @Test
    void mildestOptionThatLeavesNoMoreIsTaken() {
        Share half = new Share(new BigDecimal("0.5"));
        assertThat(half.among(List.of(0.8, 0.5, 0.2))).hasValue(1);
        assertThat(half.among(List.of(0.8, 0.4))).hasValue(1);
        assertThat(half.among(List.of(0.8))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "13-11|the range 13-11 ends before it begins",
                "1, x|\"x\" is neither an index nor a range",
                "1,,2|\"\" is neither an index nor a range",
                "1-2-3|\"1-2-3\" is neither an index nor a range",
                "-3|\"-3\" is neither an index nor a range",
                "1.5|a ratio must lie between 0 and 1, not 1.5",
                "0|0 leaves nothing",
                "0-999999999|more than 1000000 indices"
            })
    void whatIsWrongIsSaid(String text, String reason) {
        assertThatThrownBy(() -> ByHand.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }
}
