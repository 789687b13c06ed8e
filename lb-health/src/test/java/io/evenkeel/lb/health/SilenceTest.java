package io.evenkeel.lb.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is silence of a node, and what only looks like it; two others answer all the time. */
class SilenceTest {
  private static final int STEP_MILLIS = 10;
  private static final int STEPS_PER_SECOND = 1000 / STEP_MILLIS;

  private final Fixture fixture = Fixture.of(3);

  /** Steps of ten milliseconds, in each of which the others answer. */
  private void seconds(int seconds, IntConsumer step) {
    for (int i = 0; i < seconds * STEPS_PER_SECOND; i++) {
      fixture.request(2, Outcome.SUCCESS);
      fixture.request(3, Outcome.SUCCESS);
      step.accept(i);
      fixture.advance(Duration.ofMillis(STEP_MILLIS));
    }
  }

  private void answers(int step) {
    if (step % STEPS_PER_SECOND == 0) {
      fixture.request(1, Outcome.SUCCESS);
    }
  }

  @Test
  void aNodeFromWhichNothingComesBackIsEjectedInASecond() {
    seconds(5, this::answers);
    seconds(1, step -> begin(step % 10 == 0));
    assertThat(fixture.state(1)).isEqualTo(HealthState.EJECTED);
    assertThat(fixture.health(1).why()).startsWith("nothing came back of ");
  }

  /** Strategies that count requests in flight send it no other. */
  @Test
  void aSingleRequestThatHangsEjectsItsNodeInTwoSeconds() {
    seconds(5, this::answers);
    seconds(1, step -> begin(step == 0));
    assertThat(fixture.state(1)).isEqualTo(HealthState.UP);
    seconds(1, step -> {});
    assertThat(fixture.state(1)).isEqualTo(HealthState.EJECTED);
  }

  private void begin(boolean whether) {
    if (whether) {
      assertThat(fixture.node(1).begin()).isNotEqualTo(Node.REFUSED);
    }
  }

  @Test
  void aSlowRequestAmongFewIsNoSilence() {
    seconds(5, this::answers);
    long slow = fixture.node(1).begin();
    seconds(2, this::answers);
    fixture.node(1).end(slow, Outcome.SUCCESS);
    seconds(5, this::answers);
    assertThat(fixture.history()).doesNotContain("1 UP EJECTED");
  }

  @Test
  void streamsThatStayOpenAreNoSilence() {
    seconds(5, step -> fixture.request(1, Outcome.SUCCESS));
    for (int i = 0; i < 10; i++) {
      begin(true);
    }
    seconds(4, step -> fixture.request(1, Outcome.SUCCESS));
    seconds(20, this::answers);
    assertThat(fixture.history()).doesNotContain("1 UP EJECTED");
  }

  /** It answers after 50 ms, so that at each look there are some in flight. */
  @ParameterizedTest
  @EnumSource(names = {"REJECTED", "FAILURE"})
  void whoeverTurnsRequestsAwayIsNotSilent(Outcome outcome) {
    seconds(5, this::answers);
    Deque<Long> inFlight = new ArrayDeque<>();
    Node node = fixture.node(1);
    seconds(
        3,
        step -> {
          inFlight.add(node.begin());
          if (inFlight.size() > 5) {
            node.pushback(Duration.ofSeconds(1).toNanos());
            node.end(inFlight.remove(), outcome);
          }
        });
    assertThat(fixture.history()).doesNotContain("1 UP EJECTED");
  }
}
