package io.evenkeel.lb.failover;

import static io.evenkeel.lb.failover.Lab.fails;
import static io.evenkeel.lb.failover.Lab.ok;
import static io.evenkeel.lb.failover.Lab.refused;
import static io.evenkeel.lb.failover.Lab.returns;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.Answer.Source;
import io.evenkeel.lb.failover.FailoverException.Reason;
import io.evenkeel.lb.failover.Lab.Way;
import io.github.resilience4j.retry.RetryConfig;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class FallbackTest {
  private static final RequestContext.Key<String> ARTICLE =
      RequestContext.Key.of("article", String.class);
  private static final CallContext GET = CallContext.idempotent();
  private static final CallContext SHOES = GET.with(ARTICLE, "shoes");
  private static final CallContext HATS = GET.with(ARTICLE, "hats");
  private static final Duration AN_HOUR = Duration.ofHours(1);
  private static final RetryConfig RESULTS_FAIL =
      RetryConfig.custom().maxAttempts(2).retryOnResult("bad"::equals).build();

  private static Lab lab(Way way) {
    return lab(way, b -> b);
  }

  private static Lab lab(Way way, UnaryOperator<FailoverBuilder> settings) {
    return new Lab(way, 2, b -> settings.apply(b.budget(RetryBudget.unlimited())));
  }

  private static Lab dead(Way way) {
    return lab(way).all(fails(new IOException("reset")));
  }

  @ParameterizedTest
  @EnumSource
  void aCallThatSucceedsNeedsNone(Way way) {
    try (Lab lab = lab(way)) {
      Fallback<String> fallback = Fallback.<String>builder(lab.failover).substitute("none").build();
      Answer<String> answer = lab.answer(fallback, GET);
      assertThat(answer.value()).isEqualTo("ok");
      assertThat(answer.source()).isEqualTo(Source.CALL);
      assertThat(answer.age()).isZero();
      assertThat(answer.failure()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void aSubstituteStandsInAndSaysWhy(Way way) {
    try (Lab lab = dead(way)) {
      Fallback<String> fallback = Fallback.<String>builder(lab.failover).substitute("none").build();
      Answer<String> answer = lab.answer(fallback, GET);
      assertThat(answer.value()).isEqualTo("none");
      assertThat(answer.source()).isEqualTo(Source.SUBSTITUTE);
      assertThat(answer.failure().orElseThrow().attempts()).hasSize(3);
      assertThat(answer)
          .asString()
          .startsWith("SUBSTITUTE, since orders: no more")
          .endsWith("none");
    }
  }

  @ParameterizedTest
  @EnumSource
  void theCallIsMadeElsewhere(Way way) {
    try (Lab here = dead(way);
        Lab second = dead(way);
        Lab third = lab(way).all(returns("far"))) {
      Fallback<String> fallback =
          Fallback.<String>builder(here.failover)
              .elsewhere(second.failover)
              .elsewhere(third.failover)
              .substitute("none")
              .build();
      Answer<String> answer = Lab.answer(fallback, GET, here, second, third);
      assertThat(answer.value()).isEqualTo("far");
      assertThat(answer.source()).isEqualTo(Source.ELSEWHERE);
      assertThat(answer.failure().orElseThrow().getSuppressed())
          .hasAtLeastOneElementOfType(FailoverException.class);
      assertThat(third.attempts).hasSize(1);
    }
  }

  /** Else a POST might be done here and there. */
  @ParameterizedTest
  @EnumSource
  void whatMayHaveBeenProcessedIsNotMadeElsewhere(Way way) {
    try (Lab here = dead(way);
        Lab there = lab(way)) {
      Fallback<String> fallback =
          Fallback.<String>builder(here.failover)
              .elsewhere(there.failover)
              .substitute("none")
              .build();
      CallContext once = CallContext.once();
      assertThat(Lab.answer(fallback, once, here, there).source()).isEqualTo(Source.SUBSTITUTE);
      assertThat(there.attempts).isEmpty();
      here.all(refused());
      assertThat(Lab.answer(fallback, once, here, there).source()).isEqualTo(Source.ELSEWHERE);
      assertThat(there.attempts).hasSize(1);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theLastGoodAnswerIsGivenByItsKeyWithItsAgeUntilItIsTooOld(Way way) {
    try (Lab lab = lab(way).all(returns("17.50"))) {
      Fallback<String> fallback =
          Fallback.<String>builder(lab.failover)
              .lastGood(ARTICLE, 100, AN_HOUR)
              .substitute("ask us")
              .build();
      assertThat(lab.answer(fallback, SHOES).value()).isEqualTo("17.50");
      assertThat(lab.answer(fallback, GET).value()).isEqualTo("17.50");
      lab.ticker.advance(AN_HOUR.minusMinutes(1));
      lab.all(refused());
      Answer<String> old = lab.answer(fallback, SHOES);
      assertThat(old.value()).isEqualTo("17.50");
      assertThat(old.source()).isEqualTo(Source.LAST_GOOD);
      assertThat(old.age()).isBetween(AN_HOUR.minusMinutes(1), AN_HOUR.minusSeconds(55));
      assertThat(lab.answer(fallback, HATS).value()).isEqualTo("ask us");
      assertThat(lab.answer(fallback, GET).value()).as("without a key").isEqualTo("ask us");
      lab.ticker.advance(Duration.ofMinutes(1));
      assertThat(lab.answer(fallback, SHOES).value()).isEqualTo("ask us");
      lab.all(returns("18.00"));
      assertThat(lab.answer(fallback, SHOES).value()).isEqualTo("18.00");
      lab.all(refused());
      assertThat(lab.answer(fallback, SHOES).value()).isEqualTo("18.00");
    }
  }

  @ParameterizedTest
  @EnumSource
  void aResultThatIsAFailureIsNeverRememberedButBetterThanNothing(Way way) {
    try (Lab lab = lab(way, b -> b.retry(RESULTS_FAIL)).all(returns("bad"))) {
      Fallback<String> fallback =
          Fallback.<String>builder(lab.failover).lastGood(ARTICLE, 100, AN_HOUR).build();
      for (int i = 0; i < 2; i++) {
        Answer<String> answer = lab.answer(fallback, SHOES);
        assertThat(answer.value()).isEqualTo("bad");
        assertThat(answer.source()).isEqualTo(Source.CALL);
      }
      lab.all(ok());
      assertThat(lab.answer(fallback, SHOES).value()).isEqualTo("ok");
      lab.all(returns("bad"));
      assertThat(lab.answer(fallback, SHOES).source()).isEqualTo(Source.LAST_GOOD);
    }
  }

  @ParameterizedTest
  @EnumSource
  void withoutAnythingTheCallFailsAsItDid(Way way) {
    try (Lab here = dead(way);
        Lab there = lab(way).all(refused())) {
      Fallback<String> fallback =
          Fallback.<String>builder(here.failover).elsewhere(there.failover).build();
      FailoverException e =
          catchThrowableOfType(
              FailoverException.class, () -> Lab.answer(fallback, GET, here, there));
      assertThat(e.reason()).isEqualTo(Reason.ATTEMPTS);
      assertThat(e.attempts())
          .allMatch(attempt -> attempt.thrown().orElseThrow() instanceof IOException);
      assertThat(e.getSuppressed()).hasAtLeastOneElementOfType(FailoverException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aDefectOfTheCallerIsNotHidden(Way way) {
    try (Lab lab = lab(way).all(fails(new IllegalStateException("a defect")))) {
      Fallback<String> fallback = Fallback.<String>builder(lab.failover).substitute("none").build();
      assertThatThrownBy(() -> lab.answer(fallback, GET)).hasMessage("a defect");
    }
  }

  @Test
  void anInterruptIsNotAnswered() {
    try (Lab lab = lab(Way.WAITING)) {
      Fallback<String> fallback = Fallback.<String>builder(lab.failover).substitute("none").build();
      assertThatThrownBy(
              () ->
                  fallback.call(
                      GET,
                      endpoint -> {
                        throw new InterruptedException();
                      }))
          .isInstanceOf(FailoverException.class);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void toCancelAnAnswerCancelsTheAttempt() {
    try (Lab lab = lab(Way.ASYNC)) {
      Fallback<String> fallback = Fallback.<String>builder(lab.failover).substitute("none").build();
      CompletableFuture<String> attempt = new CompletableFuture<>();
      CompletableFuture<Answer<String>> answer = fallback.callAsync(GET, endpoint -> attempt);
      answer.cancel(true);
      assertThat(attempt).isCancelled();
      assertThat(lab.inFlight()).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void otherFailoversHaveTheTimeThatIsLeft(Way way) {
    List<Duration> limits = new ArrayList<>();
    FailoverListener noted =
        new FailoverListener() {
          @Override
          public void onCall(
              FailoverCall call, FailoverException.@Nullable Reason failed, long nanos) {
            Duration limit = call.context().get(CallContext.TIME_LIMIT);
            if (limit != null) {
              limits.add(limit);
            }
          }
        };
    UnaryOperator<FailoverBuilder> once =
        b -> b.retry(RetryConfig.custom().maxAttempts(1).build()).listener(noted);
    try (Lab here = lab(way, once).all(refused().after(Duration.ofMillis(60)));
        Lab second = lab(way, once).all(refused());
        Lab third = lab(way, once)) {
      Fallback<String> fallback =
          Fallback.<String>builder(here.failover)
              .elsewhere(second.failover)
              .elsewhere(third.failover)
              .build();
      CallContext hurried = GET.timeLimit(Duration.ofMillis(100));
      assertThat(Lab.answer(fallback, hurried, here, second, third).value()).isEqualTo("ok");
      assertThat(limits)
          .containsExactly(Duration.ofMillis(100), Duration.ofMillis(40), Duration.ofMillis(40));
    }
  }

  @ParameterizedTest
  @EnumSource
  void withNoTimeLeftNobodyElseIsAsked(Way way) {
    try (Lab here = lab(way).all(refused().after(Duration.ofMillis(60)));
        Lab there = lab(way)) {
      Fallback<String> fallback =
          Fallback.<String>builder(here.failover)
              .elsewhere(there.failover)
              .substitute("none")
              .build();
      CallContext hurried = GET.timeLimit(Duration.ofMillis(50));
      assertThat(Lab.answer(fallback, hurried, here, there).value()).isEqualTo("none");
      assertThat(there.attempts).isEmpty();
    }
  }

  @Test
  void theResultOfACallThatIsCancelledJustThenIsClosed() {
    List<CompletableFuture<Answer<AutoCloseable>>> answers = new ArrayList<>();
    AtomicInteger judged = new AtomicInteger();
    Outcomes cancelling =
        new Outcomes() {
          @Override
          public Outcome of(Throwable thrown) {
            return Outcome.FAILURE;
          }

          @Override
          public Outcome ofResult(@Nullable Object result) {
            if (judged.incrementAndGet() == 2) {
              // The call has its result, its answer is not given yet.
              answers.get(0).cancel(true);
            }
            return Outcome.SUCCESS;
          }
        };
    AtomicInteger closed = new AtomicInteger();
    CompletableFuture<AutoCloseable> attempt = new CompletableFuture<>();
    try (Lab lab = new Lab(Way.ASYNC, 1, b -> b)) {
      Failover failover =
          Failover.builder(lab.balancer).outcomes(cancelling).ticker(lab.ticker).build();
      Fallback<AutoCloseable> fallback =
          Fallback.<AutoCloseable>builder(failover).substitute(() -> () -> {}).build();
      answers.add(fallback.callAsync(GET, endpoint -> attempt));
      attempt.complete(closed::incrementAndGet);
      assertThat(answers.get(0)).isCancelled();
      assertThat(closed).hasValue(1);
    }
  }

  @Test
  void resultsThatAreGivenUpAreClosed() {
    List<String> closed = new ArrayList<>();
    record Open(String name, List<String> closed) implements AutoCloseable {
      @Override
      public void close() {
        closed.add(name);
      }
    }
    RetryConfig never =
        RetryConfig.custom()
            .maxAttempts(1)
            .retryOnResult(result -> ((Open) result).name.equals("bad"))
            .build();
    try (Lab here = new Lab(Way.WAITING, 1, b -> b.budget(RetryBudget.unlimited()))) {
      Failover failover = Failover.builder(here.balancer).retry(never).ticker(here.ticker).build();
      Fallback<Open> fallback =
          Fallback.<Open>builder(failover).substitute(new Open("none", closed)).build();
      Answer<Open> answer = fallback.call(GET, endpoint -> new Open("bad", closed));
      assertThat(answer.source()).isEqualTo(Source.SUBSTITUTE);
      assertThat(closed).containsExactly("bad");
    }
  }

  @Test
  void settingsAreChecked() {
    try (Lab lab = lab(Way.WAITING)) {
      Fallback.Builder<String> builder = Fallback.builder(lab.failover);
      assertThatIllegalArgumentException()
          .isThrownBy(builder::build)
          .withMessageContaining("fallback: nothing (expected: elsewhere");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> builder.lastGood(ARTICLE, 0, AN_HOUR))
          .withMessageContaining("most: 0 (expected: 1..1000000)");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> builder.lastGood(ARTICLE, 1, Duration.ZERO))
          .withMessageContaining("longest: PT0S");
    }
  }
}
