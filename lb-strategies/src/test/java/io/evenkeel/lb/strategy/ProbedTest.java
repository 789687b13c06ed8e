package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.Probe;
import io.evenkeel.lb.RequestContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class ProbedTest {
  private static final Probe NEVER = endpoint -> new CompletableFuture<>();

  private final List<Endpoint> asked = new ArrayList<>();
  private final List<CompletableFuture<LoadReport>> answers = new ArrayList<>();

  private Probed probed(double probes) {
    Probe probe =
        endpoint -> {
          asked.add(endpoint);
          answers.add(new CompletableFuture<>());
          return answers.get(answers.size() - 1);
        };
    return Probed.builder(IdleFirst.ofDefaults(), probe)
        .executor(Runnable::run)
        .probesPerRequest(probes)
        .build();
  }

  private static Node choose(Measured measured) {
    return measured.balancer.select(RequestContext.none());
  }

  @Test
  void eachRequestAsksSomeNodes() {
    try (Measured measured = new Measured(probed(3), Choices.equal(50))) {
      choose(measured);
      assertThat(asked).hasSize(3).doesNotHaveDuplicates();
      choose(measured);
      assertThat(asked).hasSize(6);
      measured.balancer.explain(RequestContext.none());
      assertThat(asked).hasSize(6);
    }
  }

  @Test
  void noMoreThan32AreUnderWayAndSilenceIsGivenUp() {
    try (Measured measured = new Measured(probed(16), Choices.equal(200))) {
      for (int i = 0; i < 10; i++) {
        choose(measured);
      }
      assertThat(asked).hasSize(32);
      measured.seconds(2);
      measured.seconds(1);
      choose(measured);
      assertThat(asked).hasSizeGreaterThan(32);
    }
  }

  @Test
  void answersChangeWhatIsChosen() {
    try (Measured measured = new Measured(probed(2), Choices.equal(2))) {
      for (int number = 0; number < 2; number++) {
        measured.answer(number, Duration.ofMillis(100), Outcome.SUCCESS);
      }
      int[] inFlight = {4, 4, 0, 8};
      for (int i = 0; i < inFlight.length; i++) {
        if (answers.size() <= i) {
          choose(measured);
        }
        answers.get(i).complete(LoadReport.builder().inFlight(inFlight[i]).build());
      }
      Endpoint idle = asked.get(2);
      for (int i = 0; i < 10; i++) {
        assertThat(choose(measured).endpoint()).isEqualTo(idle);
      }
    }
  }

  @Test
  void anExecutorWithoutAThreadStopsProbesForAMomentOnly() {
    AtomicBoolean full = new AtomicBoolean(true);
    Probe probe =
        endpoint -> {
          asked.add(endpoint);
          return new CompletableFuture<>();
        };
    Probed probed =
        Probed.builder(IdleFirst.ofDefaults(), probe)
            .executor(
                task -> {
                  if (full.get()) {
                    throw new InternalError("unable to create native thread");
                  }
                  task.run();
                })
            .build();
    try (Measured measured = new Measured(probed, Choices.equal(50))) {
      assertThat(choose(measured)).isNotNull();
      full.set(false);
      assertThat(choose(measured)).isNotNull();
      assertThat(asked).isNotEmpty();
    }
  }

  @Test
  void doesNotProbeTwice() {
    Probed once = Probed.of(IdleFirst.ofDefaults(), NEVER);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Probed.of(SlowStart.of(once), NEVER))
        .withMessageContaining("each request would ask twice");
    assertThat(SlowStart.of(ZoneAware.of(once, "a")).toString()).contains("Probed[");
  }

  @Test
  void settingsAreChecked() {
    for (double probes : new double[] {0, 17, -1, Double.NaN}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Probed.builder(IdleFirst.ofDefaults(), NEVER).probesPerRequest(probes))
          .withMessage("probesPerRequest: " + probes + " (expected: 0.01..16.0)");
    }
  }
}
