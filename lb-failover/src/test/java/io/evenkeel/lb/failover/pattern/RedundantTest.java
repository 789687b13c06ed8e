package io.evenkeel.lb.failover.pattern;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Scheduler;
import io.evenkeel.lb.failover.CallContext;
import io.evenkeel.lb.failover.Outcomes;
import java.io.IOException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Copies go to distinct endpoints, and the call is complete when it should be, once. */
@Timeout(60)
class RedundantTest {
  private static final RequestContext CALL = RequestContext.none();
  private static final Duration DEADLINE = Duration.ofSeconds(1);

  private final Site site = new Site();
  private final Balancer balancer = site.balancer("orders", 5);

  /** What was sent, by endpoint, in order. */
  private final Map<String, CompletableFuture<String>> sent = new LinkedHashMap<>();

  @AfterEach
  void close() {
    site.close();
  }

  private Redundant redundant(Copies copies) {
    return builder(copies).build();
  }

  private RedundantBuilder builder(Copies copies) {
    return Redundant.builder(balancer, copies)
        .deadline(DEADLINE)
        .ticker(site.ticker)
        .scheduler(site.scheduler);
  }

  private CompletableFuture<String> send(Endpoint endpoint) {
    CompletableFuture<String> future = new CompletableFuture<>();
    assertThat(sent.put(endpoint.id(), future)).as("a second copy to %s", endpoint).isNull();
    return future;
  }

  private CompletableFuture<String> copy(int index) {
    return List.copyOf(sent.values()).get(index);
  }

  private static List<Outcome> outcomes(Replies<?> replies) {
    return replies.all().stream().map(reply -> reply.outcome().orElse(null)).toList();
  }

  private static <T> List<T> values(Replies<T> replies) {
    return replies.successes().stream().map(Reply::value).toList();
  }

  private static TooFewRepliesException failure(CompletableFuture<?> future) {
    assertThat(future).isCompletedExceptionally();
    return (TooFewRepliesException)
        requireNonNull(catchThrowableOfType(CompletionException.class, future::join).getCause());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void copiesGoToDistinctEndpoints(int copies) {
    for (int i = 0; i < 20; i++) {
      sent.clear();
      CompletableFuture<Replies<String>> call =
          redundant(Copies.all(copies)).callAsync(CALL, this::send);
      assertThat(sent).hasSize(copies);
      assertThat(site.inFlight()).isEqualTo(copies);
      sent.values().forEach(copy -> copy.complete("ok"));
      assertThat(values(call.join())).containsOnly("ok").hasSize(copies);
      assertThat(site.inFlight()).isZero();
    }
  }

  /** A strategy that knows of one endpoint alone. */
  @Test
  void copiesGoToDistinctEndpointsThoughTheStrategyPrefersOne() {
    Balancer biased =
        site.balancer("biased", 5, (nodes, previous) -> context -> nodes.usable().get(0));
    CompletableFuture<Replies<String>> call =
        Redundant.builder(biased, Copies.all(5))
            .ticker(site.ticker)
            .scheduler(site.scheduler)
            .build()
            .callAsync(CALL, this::send);
    assertThat(sent).hasSize(5);
    sent.values().forEach(copy -> copy.complete("ok"));
    assertThat(call.join().successes()).hasSize(5);
  }

  /** Whatever comes in whatever order: the call is complete with the copy that decides it. */
  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "3, 2", "4, 3", "5, 3", "7, 4"})
  void aQuorumIsDecidedAsSoonAsItCanBe(int copies, int needed) {
    int sentCopies = Math.min(copies, 5);
    for (int outcomes = 0; outcomes < 1 << sentCopies; outcomes++) {
      sent.clear();
      CompletableFuture<Replies<String>> call =
          redundant(Copies.quorum(copies)).callAsync(CALL, this::send);
      int succeeded = 0;
      for (int i = 0; i < sentCopies; i++) {
        boolean success = (outcomes >> i & 1) != 0;
        if (success) {
          copy(i).complete("ok");
          succeeded++;
        } else {
          copy(i).completeExceptionally(new IOException("broken"));
        }
        boolean hopeless = succeeded + (sentCopies - 1 - i) < needed;
        assertThat(call.isDone()).isEqualTo(succeeded >= needed || hopeless);
      }
      assertThat(call.isCompletedExceptionally()).isEqualTo(succeeded < needed);
      assertThat(site.inFlight()).isZero();
    }
  }

  @Test
  void theFirstSuccessIsTakenAndTheOthersAreCancelled() {
    CompletableFuture<Replies<String>> call =
        redundant(Copies.first(3)).callAsync(CALL, this::send);
    copy(0).completeExceptionally(new IOException("broken"));
    assertThat(call).isNotDone();
    site.pass(Duration.ofMillis(7));
    copy(2).complete("quick");
    assertThat(call.join().value()).isEqualTo("quick");
    assertThat(outcomes(call.join()))
        .containsExactly(Outcome.FAILURE, Outcome.CANCELLED, Outcome.SUCCESS);
    assertThat(call.join().all().get(2).duration()).isEqualTo(Duration.ofMillis(7));
    assertThat(copy(1)).isCancelled();
    assertThat(site.inFlight()).isZero();
  }

  @Test
  void copiesAfterOneThatHasSucceededAtOnceAreNotSent() {
    AtomicInteger copies = new AtomicInteger();
    Replies<String> replies =
        redundant(Copies.first(3))
            .call(
                CALL,
                endpoint -> {
                  copies.incrementAndGet();
                  return CompletableFuture.completedFuture("at once");
                });
    assertThat(replies.value()).isEqualTo("at once");
    assertThat(copies).hasValue(1);
    assertThat(site.inFlight()).isZero();
  }

  @Test
  void aQuorumIsEnoughAndTheOthersGoOn() {
    CompletableFuture<Replies<String>> call =
        redundant(Copies.quorum(3)).callAsync(CALL, this::send);
    copy(1).complete("b");
    assertThat(call).isNotDone();
    copy(0).complete("a");
    assertThat(values(call.join())).containsExactly("a", "b");
    assertThat(outcomes(call.join())).containsExactly(Outcome.SUCCESS, Outcome.SUCCESS, null);
    assertThat(copy(2)).isNotDone();
    assertThat(site.inFlight()).isOne();
    copy(2).complete("c");
    assertThat(site.inFlight()).isZero();
  }

  @Test
  void withoutAnyHopeOfAQuorumTheCallHasFailed() {
    CompletableFuture<Replies<String>> call =
        redundant(Copies.quorum(3)).callAsync(CALL, this::send);
    IOException first = new IOException("first");
    ConnectException second = new ConnectException("second");
    copy(2).completeExceptionally(first);
    assertThat(call).isNotDone();
    copy(0).completeExceptionally(second);
    TooFewRepliesException e = failure(call);
    assertThat(e).hasCause(second).hasSuppressedException(first);
    assertThat(e.getStackTrace()).isEmpty();
    List<String> ids = List.copyOf(sent.keySet());
    assertThat(e)
        .hasMessage(
            "orders: 0 of 3 copies succeeded (expected: 2): %s UNREACHABLE after 0 ms (%s),"
                    .formatted(ids.get(0), second)
                + " %s under way after 0 ms, %s FAILURE after 0 ms (%s)"
                    .formatted(ids.get(1), ids.get(2), first));
    assertThat(e.replies()).hasSize(3);
    copy(1).complete("late");
    assertThat(site.inFlight()).isZero();
  }

  @Test
  void aWriteEverywhereWaitsForAllAndSaysWhereItFailed() {
    CompletableFuture<Replies<String>> call =
        redundant(Copies.everywhere(3)).callAsync(CALL, this::send);
    assertThat(sent).hasSize(5);
    for (int i = 0; i < 4; i++) {
      copy(i).complete("ok");
    }
    assertThat(call).isNotDone();
    copy(4).completeExceptionally(new IOException("broken"));
    assertThat(call.join().successes()).hasSize(4);
    Reply<String> failed = call.join().all().get(4);
    assertThat(failed.thrown()).get().isInstanceOf(IOException.class);
    assertThatThrownBy(failed::value).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aWriteEverywhereFailsBelowItsMinimum() {
    CompletableFuture<Replies<String>> call =
        redundant(Copies.everywhere(3)).callAsync(CALL, this::send);
    for (int i = 0; i < 5; i++) {
      assertThat(call).isNotDone();
      if (i < 2) {
        copy(i).complete("ok");
      } else {
        copy(i).completeExceptionally(new IOException("broken"));
      }
    }
    assertThat(failure(call).replies()).filteredOn(Reply::isSuccess).hasSize(2);
  }

  @Test
  void nothingIsSentWhereThereAreTooFewEndpoints() {
    TooFewRepliesException e = failure(redundant(Copies.all(6)).callAsync(CALL, this::send));
    assertThat(e).hasMessage("orders: too few endpoints, nothing was sent (expected: 6)");
    assertThat(sent).isEmpty();
    assertThat(site.inFlight()).isZero();
    balancer.close();
    assertThat(failure(redundant(Copies.first(2)).callAsync(CALL, this::send)))
        .hasCauseInstanceOf(io.evenkeel.lb.NoEndpointException.class);
  }

  @Test
  void endpointsThatAreOutOfUseGetNoCopy() {
    site.sicken("orders-2", "orders-4");
    CompletableFuture<Replies<String>> call =
        redundant(Copies.everywhere(1)).callAsync(CALL, this::send);
    assertThat(sent.keySet()).containsExactlyInAnyOrder("orders-1", "orders-3", "orders-5");
    sent.values().forEach(copy -> copy.complete("ok"));
    assertThat(call).isCompleted();
  }

  @Test
  void whatIsUnderWayAtTheDeadlineIsCancelledAndCountsAsTimedOut() {
    CompletableFuture<Replies<String>> call = redundant(Copies.all(3)).callAsync(CALL, this::send);
    copy(0).complete("ok");
    site.pass(DEADLINE.minusNanos(1));
    assertThat(call).isNotDone();
    site.pass(Duration.ofNanos(1));
    TooFewRepliesException e = failure(call);
    assertThat(e).hasCauseInstanceOf(TimeoutException.class);
    assertThat(e.replies())
        .extracting(reply -> reply.outcome().orElseThrow())
        .containsExactly(Outcome.SUCCESS, Outcome.TIMEOUT, Outcome.TIMEOUT);
    assertThat(copy(1)).isCancelled();
    assertThat(site.inFlight()).isZero();
  }

  @Test
  void stragglersOfAQuorumEndAtTheDeadline() {
    CompletableFuture<Replies<String>> call =
        redundant(Copies.quorum(3)).callAsync(CALL, this::send);
    copy(0).complete("a");
    copy(1).complete("b");
    assertThat(call).isCompleted();
    site.pass(DEADLINE);
    assertThat(copy(2)).isCancelled();
    assertThat(site.inFlight()).isZero();
  }

  @Test
  void aCallMayHaveLessTimeThanOthersAndItsTimerGoesWithIt() {
    int before = site.scheduler.pending();
    CompletableFuture<Replies<String>> call =
        redundant(Copies.first(2))
            .callAsync(CallContext.once().timeLimit(Duration.ofMillis(5)), this::send);
    site.pass(Duration.ofMillis(5));
    assertThat(call).isCompletedExceptionally();
    sent.clear();
    CompletableFuture<Replies<String>> next =
        redundant(Copies.first(2)).callAsync(CALL, this::send);
    copy(0).complete("ok");
    assertThat(next).isCompleted();
    assertThat(site.scheduler.pending()).isEqualTo(before);
  }

  @Test
  void withNoTimeLeftNothingIsSent() {
    CallContext late = CallContext.once().with(CallContext.TIME_LIMIT, Duration.ZERO);
    assertThat(redundant(Copies.first(2)).callAsync(late, this::send))
        .isCompletedExceptionally()
        .failsWithin(Duration.ZERO)
        .withThrowableThat()
        .withRootCauseInstanceOf(TimeoutException.class);
    assertThat(sent).isEmpty();
    assertThat(site.inFlight()).isZero();
  }

  /** All copies end while the timer is being set. */
  @Test
  void aTimerThatIsSetTooLateGoesAsWell() {
    int before = site.scheduler.pending();
    Scheduler slow =
        new Scheduler() {
          @Override
          public Scheduled schedule(Runnable task, long delayNanos) {
            Scheduled scheduled = site.scheduler.schedule(task, delayNanos);
            sent.values().forEach(copy -> copy.complete("ok"));
            return scheduled;
          }

          @Override
          public void execute(Runnable task) {
            site.scheduler.execute(task);
          }
        };
    CompletableFuture<Replies<String>> call =
        builder(Copies.all(3)).scheduler(slow).build().callAsync(CALL, this::send);
    assertThat(call).isCompleted();
    assertThat(site.scheduler.pending()).isEqualTo(before);
  }

  @Test
  void whoCancelsTheCallCancelsItsCopies() {
    CompletableFuture<Replies<String>> call = redundant(Copies.all(3)).callAsync(CALL, this::send);
    copy(0).complete("ok");
    call.cancel(true);
    assertThat(copy(1)).isCancelled();
    assertThat(copy(2)).isCancelled();
    assertThat(site.inFlight()).isZero();
  }

  @Test
  void whoIsInterruptedCancelsTheCopies() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> redundant(Copies.all(3)).call(CALL, this::send))
        .isInstanceOf(TooFewRepliesException.class)
        .hasCauseInstanceOf(InterruptedException.class)
        .hasMessage("orders: interrupted (expected: 3 successes)");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(sent.values()).hasSize(3).allMatch(CompletableFuture::isCancelled);
    assertThat(site.inFlight()).isZero();
  }

  @Test
  void whatAnOperationThrowsIsThatCopysFailure() {
    Replies<String> replies =
        redundant(Copies.everywhere(2))
            .call(
                CALL,
                endpoint -> {
                  if (endpoint.port() > 2) {
                    throw new IOException("broken");
                  }
                  return CompletableFuture.completedFuture("ok");
                });
    assertThat(replies.successes()).hasSize(2);
    assertThat(site.inFlight()).isZero();
  }

  @Test
  @SuppressWarnings("NullAway") // that is the mistake
  void anOperationWithoutAStageIsThatCopysFailure() {
    Replies<String> replies =
        redundant(Copies.everywhere(4))
            .call(
                CALL,
                endpoint -> endpoint.port() == 1 ? null : CompletableFuture.completedFuture("ok"));
    assertThat(replies.successes()).hasSize(4);
    assertThat(site.inFlight()).isZero();
  }

  @Test
  void outcomesThatThrowStopNothing() {
    Outcomes broken =
        thrown -> {
          throw new IllegalStateException("broken");
        };
    CompletableFuture<Replies<String>> call =
        builder(Copies.first(1)).outcomes(broken).build().callAsync(CALL, this::send);
    copy(0).completeExceptionally(new ConnectException("refused"));
    assertThat(failure(call).replies().get(0).outcome()).contains(Outcome.UNREACHABLE);
    assertThat(site.inFlight()).isZero();
  }

  /** A result that is to be closed is in the replies, or was closed: once, whoever is first. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void underAnyRaceACallIsCompleteOnceAndNoResultIsLost(int kind) throws Exception {
    int rounds = 3_000;
    int copies = 3;
    Redundant redundant =
        redundant(
            switch (kind) {
              case 1 -> Copies.first(copies);
              case 2, 4 -> Copies.quorum(copies);
              default -> Copies.all(copies);
            });
    boolean cancels = kind == 4;
    List<CompletableFuture<Answer>> futures = new ArrayList<>();
    CyclicBarrier begin = new CyclicBarrier(copies + 1);
    CyclicBarrier end = new CyclicBarrier(copies + 1);
    CountDownLatch done = new CountDownLatch(copies);
    AtomicInteger opened = new AtomicInteger();
    AtomicInteger closed = new AtomicInteger();
    for (int i = 0; i < copies; i++) {
      int index = i;
      Thread server =
          new Thread(
              () -> {
                try {
                  for (int round = 0; round < rounds; round++) {
                    begin.await(10, TimeUnit.SECONDS);
                    if (index < futures.size()) {
                      Answer answer = new Answer(closed);
                      opened.incrementAndGet();
                      if (!futures.get(index).complete(answer)) {
                        answer.close(); // cancelled: a client closes what comes after that itself
                      }
                    }
                    end.await(10, TimeUnit.SECONDS);
                  }
                } catch (Exception e) {
                  throw new AssertionError(e);
                } finally {
                  done.countDown();
                }
              });
      server.setDaemon(true);
      server.start();
    }
    int taken = 0;
    AtomicInteger completions = new AtomicInteger();
    for (int round = 0; round < rounds; round++) {
      futures.clear();
      CompletableFuture<Replies<Answer>> call =
          redundant.callAsync(
              CALL,
              endpoint -> {
                CompletableFuture<Answer> future = new CompletableFuture<>();
                futures.add(future);
                return future;
              });
      CompletableFuture<Void> told =
          call.handle(
              (replies, thrown) -> {
                completions.incrementAndGet();
                return null;
              });
      begin.await(10, TimeUnit.SECONDS);
      if (cancels) {
        call.cancel(true);
      }
      end.await(10, TimeUnit.SECONDS);
      assertThat(told).isDone();
      if (!call.isCancelled()) {
        Set<Answer> distinct = new HashSet<>(values(call.join()));
        assertThat(distinct).isNotEmpty().noneMatch(answer -> answer.isClosed);
        taken += distinct.size();
        if (kind == 1) {
          assertThat(distinct).hasSize(1);
        }
      }
      assertThat(site.inFlight()).isZero();
      assertThat(opened.get()).isEqualTo(taken + closed.get());
    }
    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(completions).hasValue(rounds);
  }

  private static final class Answer implements AutoCloseable {
    private final AtomicInteger closed;
    private volatile boolean isClosed;

    Answer(AtomicInteger closed) {
      this.closed = closed;
    }

    @Override
    public void close() {
      isClosed = true;
      closed.incrementAndGet();
    }
  }

  /** Not exceptions but errors, as of code that is missing. */
  @Test
  void aJudgeThatBreaksAndAResultThatCannotBeClosedKeepNoCallFromItsEnd() {
    Outcomes judge =
        new Outcomes() {
          @Override
          public Outcome of(Throwable thrown) {
            throw new LinkageError("broken");
          }

          @Override
          public Outcome ofResult(@Nullable Object result) {
            return Outcome.FAILURE;
          }
        };
    AutoCloseable result =
        () -> {
          throw new LinkageError("broken");
        };
    List<CompletableFuture<AutoCloseable>> copies = new ArrayList<>();
    CompletableFuture<Replies<AutoCloseable>> call =
        builder(Copies.all(3))
            .outcomes(judge)
            .build()
            .callAsync(
                CALL,
                endpoint -> {
                  copies.add(new CompletableFuture<>());
                  return copies.get(copies.size() - 1);
                });
    copies.get(0).complete(result);
    copies.get(1).completeExceptionally(new IOException("broken"));
    assertThat(site.inFlight()).isEqualTo(1);
    copies.get(2).complete(result);
    assertThat(failure(call).replies())
        .hasSize(3)
        .allMatch(reply -> reply.outcome().orElseThrow() == Outcome.FAILURE);
  }

  /** As soon as it is asked about a second endpoint. */
  @Test
  void aContextThatBreaksLeavesNoCopyOpen() {
    AtomicInteger asked = new AtomicInteger();
    RequestContext context =
        new RequestContext() {
          @Override
          public boolean tried(Endpoint endpoint) {
            if (site.inFlight() == 1) {
              asked.incrementAndGet();
              throw new IllegalStateException("broken");
            }
            return false;
          }
        };
    assertThatThrownBy(() -> redundant(Copies.all(3)).callAsync(context, this::send))
        .hasMessage("broken");
    assertThat(asked).hasPositiveValue();
    assertThat(site.inFlight()).isZero();
  }
}
