package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Probe;
import io.evenkeel.lb.RequestContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class HotColdTest {
  /** Keeps questions until the test answers them. */
  private static final class Questions implements Probe {
    final List<Endpoint> endpoints = new ArrayList<>();
    int told;
    final List<CompletableFuture<LoadReport>> answers = new ArrayList<>();

    @Override
    public CompletionStage<LoadReport> probe(Endpoint endpoint) {
      CompletableFuture<LoadReport> answer = new CompletableFuture<>();
      endpoints.add(endpoint);
      answers.add(answer);
      return answer;
    }

    @Override
    public CompletionStage<LoadReport> probe(Endpoint endpoint, AddressPolicy addresses) {
      assertThat(addresses).isEqualTo(Measured.ADDRESSES);
      told++;
      return probe(endpoint);
    }

    /** Answers all: the latency in ms is the endpoint's port. */
    void answer() {
      for (int i = 0; i < answers.size(); i++) {
        answers.get(i).complete(report(1, endpoints.get(i).port()));
      }
    }
  }

  private static LoadReport report(int inFlight, long millis) {
    return LoadReport.builder().inFlight(inFlight).latencyNanos(millis * 1_000_000).build();
  }

  private final Questions questions = new Questions();
  private final List<Runnable> handedOver = new ArrayList<>();

  private HotCold.Builder builder() {
    return HotCold.builder(questions).executor(handedOver::add);
  }

  private void send() {
    List<Runnable> tasks = List.copyOf(handedOver);
    handedOver.clear();
    tasks.forEach(Runnable::run);
  }

  private static int choose(Measured measured) {
    return measured.balancer.select(RequestContext.none()).endpoint().port();
  }

  @Test
  void aChoiceOnlyNotesThatProbesAreDue() {
    try (Measured measured = new Measured(builder().build(), Choices.equal(50))) {
      for (int i = 0; i < 4; i++) {
        choose(measured);
      }
      assertThat(questions.endpoints).isEmpty();
      assertThat(handedOver).hasSize(1);
      send();
      assertThat(questions.endpoints).hasSize(12).doesNotHaveDuplicates();
      assertThat(questions.told).isEqualTo(12);
      choose(measured);
      send();
      assertThat(questions.endpoints).hasSize(15);
    }
  }

  @Test
  void aShareOfAProbeIsSentNowAndThen() {
    HotCold strategy = builder().probesPerRequest(0.25).build();
    try (Measured measured = new Measured(strategy, Choices.equal(50))) {
      for (int i = 0; i < 3; i++) {
        choose(measured);
      }
      assertThat(handedOver).isEmpty();
      choose(measured);
      send();
      assertThat(questions.endpoints).hasSize(1);
    }
  }

  @Test
  void requestsOfAllThreadsSendProbes() throws Exception {
    HotCold strategy = builder().probesPerRequest(0.01).build();
    List<ExecutorService> threads =
        Stream.generate(Executors::newSingleThreadExecutor).limit(8).toList();
    try (Measured measured = new Measured(strategy, Choices.equal(50))) {
      for (int request = 1; request <= 4_000; request++) {
        threads.get(request % 8).submit(() -> choose(measured)).get(30, TimeUnit.SECONDS);
        send();
        questions.answer();
        assertThat(questions.endpoints).hasSizeBetween((request - 8 * 100) / 100, request / 100);
      }
    } finally {
      threads.forEach(ExecutorService::shutdownNow);
    }
  }

  @Test
  void threadsThatWouldMeetHavePoolsOfTheirOwn() throws Exception {
    try (Measured measured = new Measured(builder().build(), Choices.equal(10))) {
      for (int i = 0; i < 199_999; i++) {
        choose(measured);
      }
      send();
      questions.answer();
      Set<Integer> found = answersFound(measured);
      assertThat(found).hasSize(1).doesNotContain(0);
      measured.millis(100);
      choose(measured);
      Set<Integer> later = answersFound(measured);
      assertThat(later).containsAll(found);
      assertThat(later).hasSize(Math.min(2, Runtime.getRuntime().availableProcessors()));
    }
  }

  /** How many answers threads choose by. */
  private static Set<Integer> answersFound(Measured measured) throws Exception {
    Set<Integer> found = new HashSet<>();
    for (int thread = 0; thread < 100; thread++) {
      String why =
          Choices.onNewThread(() -> measured.balancer.explain(RequestContext.none()).toString());
      Matcher matcher = Pattern.compile("of (\\d+) answers").matcher(why);
      assertThat(matcher.find()).as(why).isTrue();
      found.add(Integer.parseInt(matcher.group(1)));
    }
    return found;
  }

  @Test
  void answersDecide() {
    HotCold strategy = builder().removalsPerRequest(0).build();
    try (Measured measured = new Measured(strategy, Choices.equal(10))) {
      choose(measured);
      send();
      questions.answer();
      int fastest = questions.endpoints.stream().mapToInt(Endpoint::port).min().orElseThrow();
      assertThat(choose(measured)).isEqualTo(fastest);
    }
  }

  @Test
  void answersThatSayTooLittleOrFailAreIgnored() {
    HotCold strategy = builder().removalsPerRequest(0).probesPerRequest(8).build();
    try (Measured measured = new Measured(strategy, Choices.equal(50))) {
      choose(measured);
      send();
      questions.answers.get(0).complete(LoadReport.builder().build());
      questions.answers.get(1).complete(LoadReport.builder().latencyNanos(3).build());
      questions.answers.get(2).completeExceptionally(new IllegalStateException());
      questions.answers.get(3).complete(report(1, 50));
      questions.answers.get(4).complete(report(1, 40));
      assertThat(choose(measured)).isEqualTo(questions.endpoints.get(4).port());
    }
  }

  /** Else a server that has answered nothing yet would never be asked to. */
  @Test
  void anErrorTakesAwayWhatANodeAnsweredBefore() {
    HotCold strategy = builder().removalsPerRequest(0).probesPerRequest(8).build();
    try (Measured measured = new Measured(strategy, Choices.equal(10))) {
      choose(measured);
      send();
      int best = questions.endpoints.get(0).port();
      for (int i = 0; i < questions.answers.size(); i++) {
        answer(i, i == 0 ? 0 : 10, i == 0 ? 1 : 50);
      }
      int again = 0;
      for (int round = 0; round < 9 && again == 0; round++) {
        assertThat(choose(measured)).isEqualTo(best);
        send();
        again = questions.endpoints.stream().map(Endpoint::port).toList().lastIndexOf(best);
      }
      assertThat(choose(measured)).isEqualTo(best);
      questions.answers.get(again).completeExceptionally(new IllegalStateException());
      assertThat(choose(measured)).isNotEqualTo(best);
    }
  }

  @Test
  void anAnswerWithoutLatencyCountsAsTheQuickest() {
    HotCold strategy = builder().removalsPerRequest(0).probesPerRequest(8).build();
    try (Measured measured = new Measured(strategy, Choices.equal(50))) {
      choose(measured);
      send();
      questions.answers.get(0).complete(report(1, 50));
      questions.answers.get(1).complete(LoadReport.builder().inFlight(1).build());
      questions.answers.get(2).complete(report(1, 40));
      assertThat(choose(measured)).isEqualTo(questions.endpoints.get(1).port());
    }
  }

  @Test
  void atMostSoManyProbesAreUnderWayAndLostOnesAreGivenUp() {
    HotCold strategy = builder().concurrency(4).build();
    try (Measured measured = new Measured(strategy, Choices.equal(50))) {
      for (int i = 0; i < 10; i++) {
        choose(measured);
        send();
      }
      assertThat(questions.endpoints).hasSize(4);
      assertThat(handedOver).isEmpty();
      measured.seconds(1);
      choose(measured);
      send();
      assertThat(questions.endpoints).hasSize(4);
      measured.millis(100);
      choose(measured);
      send();
      assertThat(questions.endpoints).hasSize(8);
      // Answers that come after all are too old.
      questions.answers.get(0).complete(report(1, 1));
      questions.answers.get(1).complete(report(1, 2));
      questions.answers.get(4).complete(report(1, 9));
      questions.answers.get(5).complete(report(1, 8));
      assertThat(choose(measured)).isEqualTo(questions.endpoints.get(5).port());
    }
  }

  @Test
  void anAnswerIsUsedForASecondAtMost() {
    HotCold strategy = builder().removalsPerRequest(0).build();
    try (Measured measured = new Measured(strategy, Choices.equal(10))) {
      choose(measured);
      send();
      measured.millis(60);
      questions.answer();
      List<Integer> answered = questions.endpoints.stream().map(Endpoint::port).toList();
      measured.millis(900);
      for (int i = 0; i < 20; i++) {
        assertThat(answered).contains(choose(measured));
      }
      measured.millis(100);
      List<Integer> chosen = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        chosen.add(choose(measured));
      }
      assertThat(chosen.stream().distinct().count()).isGreaterThan(3);
    }
  }

  @Test
  void anAnswerIsGoodForAsManyChoicesAsThePaperSays() {
    assertThat(HotCold.uses(100, 3, 1)).isCloseTo(2 / 1.52, within(1e-9));
    assertThat(HotCold.uses(1_000_000, 3, 1)).isCloseTo(1, within(1e-4));
    assertThat(HotCold.uses(100, 4, 1)).isEqualTo(1);
    assertThat(HotCold.uses(32, 3, 1)).isCloseTo(4, within(1e-9));
    assertThat(HotCold.uses(24, 3, 1)).isGreaterThanOrEqualTo(ProbePool.UNLIMITED);
    assertThat(HotCold.uses(10, 3, 1)).isGreaterThanOrEqualTo(ProbePool.UNLIMITED);
  }

  @Test
  void asAnswersComeTheOldestAndTheWorstAreRemovedInTurn() {
    HotCold strategy = builder().probesPerRequest(8).removalsPerRequest(4).build();
    try (Measured measured = new Measured(strategy, Choices.equal(10))) {
      choose(measured);
      send();
      int[] asked = questions.endpoints.stream().mapToInt(Endpoint::port).toArray();
      answer(0, 1, 10);
      answer(1, 1, 20); // removes the first, which is the oldest
      answer(2, 1, 30);
      answer(3, 1, 40); // removes the third, which is the worst
      assertThat(choose(measured)).isEqualTo(asked[1]);
      answer(4, 1, 50);
      answer(5, 1, 60); // removes the second, which is the oldest
      assertThat(choose(measured)).isEqualTo(asked[3]);
      // Choices remove nothing.
      for (int i = 0; i < 20; i++) {
        choose(measured);
      }
      answer(6, 0, 5);
      assertThat(choose(measured)).isEqualTo(asked[6]);
    }
  }

  private void answer(int question, int inFlight, long millis) {
    questions.answers.get(question).complete(report(inFlight, millis));
  }

  @Test
  void answersSurviveAChangeOfTheNodes() {
    HotCold strategy = builder().removalsPerRequest(0).build();
    try (Measured measured = new Measured(strategy, Choices.equal(10))) {
      choose(measured);
      send();
      questions.answer();
      measured.source.publish(Choices.endpoints(Choices.equal(11)));
      int fastest = questions.endpoints.stream().mapToInt(Endpoint::port).min().orElseThrow();
      assertThat(choose(measured)).isEqualTo(fastest);
    }
  }

  @Test
  void aProbeOrAnExecutorThatThrowsHarmsNoRequest() {
    Probe broken =
        endpoint -> {
          throw new IllegalStateException("broken");
        };
    HotCold strategy = HotCold.builder(broken).executor(handedOver::add).build();
    try (Measured measured = new Measured(strategy, 1, 1)) {
      choose(measured);
      send();
      assertThat(choose(measured)).isBetween(1, 2);
    }
    HotCold refused =
        HotCold.builder(questions)
            .executor(
                task -> {
                  throw new java.util.concurrent.RejectedExecutionException("full");
                })
            .build();
    try (Measured measured = new Measured(refused, 1, 1)) {
      assertThat(choose(measured)).isBetween(1, 2);
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().probesPerRequest(0))
        .withMessage("probesPerRequest: 0.0 (expected: 0.01..16.0)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().hotQuantile(Double.NaN))
        .withMessage("hotQuantile: NaN (expected: 0.0..1.0)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().age(Duration.ZERO))
        .withMessage("age: PT0S (expected: PT0.1S..PT1H)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> builder().concurrency(0))
        .withMessage("concurrency: 0 (expected: 1..1024)");
  }
}
