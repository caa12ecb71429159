package io.millrace.contracts;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReminderTest {
    private final List<String> said = new ArrayList<>();

    @Test
    void whatIsNewIsSaidAtOnceAndTheSameOnlyNowAndThen() {
        Reminder seldom = new Reminder(said::add, Duration.ofHours(1));
        seldom.over("never waited");
        seldom.say("no broker");
        seldom.say("no broker");
        seldom.say("no topics");
        seldom.over("there");
        seldom.over("there");
        seldom.say("no topics");

        assertThat(said).containsExactly("no broker", "no topics", "there", "no topics");
    }

    @Test
    void afterAWhileItIsSaidAgain() {
        Reminder always = new Reminder(said::add, Duration.ZERO);
        always.say("no broker");
        always.say("no broker");

        assertThat(said).hasSize(2);
    }
}
