package io.evenkeel.lb.strategy;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.testkit.Allocations;
import io.evenkeel.lb.testkit.LogLines;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StickySessionsTest {
  private static final Endpoint A = endpoint("a");
  private static final Endpoint B = endpoint("b");
  private static final Endpoint C = endpoint("c");

  private static Endpoint endpoint(String id) {
    return Endpoint.builder("10.0.0." + (id.charAt(0) - 'a' + 1), 80).id(id).build();
  }

  private static String request(Balancer balancer, long session) {
    Node node = balancer.select(Request.of(session));
    node.end(node.begin(), Outcome.SUCCESS);
    return node.endpoint().id();
  }

  private static Map<Long, String> requests(Balancer balancer) {
    Map<Long, String> places = new HashMap<>();
    for (long session = 1; session <= 300; session++) {
      places.put(session, request(balancer, session));
    }
    return places;
  }

  @Test
  void aSessionStaysWhereItsFirstRequestWentWhateverComes() {
    try (VirtualBalancer virtual = new VirtualBalancer(StickySessions.of(RoundRobin.of()))) {
      virtual.publish(A, B);
      Map<Long, String> first = requests(virtual.balancer);
      assertThat(first.values()).filteredOn("a"::equals).hasSize(150);
      assertThat(requests(virtual.balancer)).isEqualTo(first);
      virtual.publish(A, B, C);
      assertThat(requests(virtual.balancer)).isEqualTo(first);
      // New ones go where the inner strategy says, to C too.
      assertThat(virtual.counts(30, Request.of(1000))).hasSize(1);
      Set<String> fresh = new HashSet<>();
      for (long session = 2000; session < 2010; session++) {
        fresh.add(request(virtual.balancer, session));
      }
      assertThat(fresh).containsExactlyInAnyOrder("a", "b", "c");
    }
  }

  @Test
  void sessionsOfAnEndpointThatLeavesMoveForGood() {
    try (VirtualBalancer virtual = new VirtualBalancer(StickySessions.of(RoundRobin.of()))) {
      virtual.publish(A, B, C);
      Map<Long, String> before = requests(virtual.balancer);
      virtual.publish(A, B);
      Map<Long, String> without = requests(virtual.balancer);
      virtual.publish(A, B, C);
      assertThat(requests(virtual.balancer)).isEqualTo(without);
      before.forEach(
          (session, place) -> {
            if (place.equals("c")) {
              assertThat(without.get(session)).isIn("a", "b");
            } else {
              assertThat(without.get(session)).isEqualTo(place);
            }
          });
    }
  }

  @Test
  void sessionsWithoutARequestMeanwhileFindTheirEndpointAgain() {
    try (VirtualBalancer virtual = new VirtualBalancer(StickySessions.of(RoundRobin.of()))) {
      virtual.publish(A, B, C);
      Map<Long, String> before = requests(virtual.balancer);
      virtual.publish(A);
      virtual.publish(A, B, C);
      assertThat(requests(virtual.balancer)).isEqualTo(before);
    }
  }

  @Test
  void sessionsOfAnUnfitOrDrainedEndpointMove() {
    try (VirtualBalancer virtual = new VirtualBalancer(StickySessions.of(RoundRobin.of()))) {
      virtual.publish(A, B, C);
      requests(virtual.balancer);
      virtual.judge(C, 0);
      assertThat(requests(virtual.balancer).values()).doesNotContain("c");
      virtual.publish(A, Endpoint.builder("10.0.0.2", 80).id("b").weight(0).build(), C);
      assertThat(requests(virtual.balancer).values()).containsOnly("a");
    }
  }

  @Test
  void aRetryGoesElsewhereAndTheSessionStays() {
    try (VirtualBalancer virtual = new VirtualBalancer(StickySessions.of(RoundRobin.of()))) {
      virtual.publish(A, B, C);
      String place = request(virtual.balancer, 7);
      Request retry = Request.of(7);
      retry.tried.add(place);
      assertThat(virtual.counts(50, retry)).doesNotContainKey(place);
      assertThat(request(virtual.balancer, 7)).isEqualTo(place);
    }
  }

  @Test
  void aFullEndpointIsPassedOverAndTheSessionStays() {
    try (VirtualBalancer virtual =
        new VirtualBalancer(StickySessions.of(BoundedLoad.of(RoundRobin.of(), 1)))) {
      virtual.publish(A, B);
      Node first = virtual.balancer.select(Request.of(7));
      long stamp = first.begin();
      Node second = virtual.balancer.select(Request.of(7));
      assertThat(second).isNotSameAs(first);
      first.end(stamp, Outcome.SUCCESS);
      assertThat(virtual.balancer.select(Request.of(7))).isSameAs(first);
    }
  }

  @Test
  void anIdleSessionIsForgotten() {
    try (VirtualBalancer virtual =
        new VirtualBalancer(
            StickySessions.builder(RoundRobin.of()).idle(Duration.ofMinutes(10)).build())) {
      virtual.publish(A, B, C);
      Map<Long, String> first = requests(virtual.balancer);
      for (int i = 0; i < 5; i++) {
        virtual.advance(Duration.ofMinutes(9));
        request(virtual.balancer, 5000);
        // Each time it is seen it stays for another ten minutes.
        assertThat(request(virtual.balancer, 1)).isEqualTo(first.get(1L));
      }
      for (long session = 2; session <= 300; session++) {
        assertThat(virtual.balancer.explain(Request.of(session)).why()).containsExactly("its turn");
      }
    }
  }

  @Test
  void explainingIsNoUse() {
    try (VirtualBalancer virtual =
        new VirtualBalancer(
            StickySessions.builder(RoundRobin.of()).idle(Duration.ofMinutes(10)).build())) {
      virtual.publish(A, B, C);
      request(virtual.balancer, 1);
      virtual.advance(Duration.ofMinutes(9));
      request(virtual.balancer, 2);
      assertThat(virtual.balancer.explain(Request.of(1)).why())
          .containsExactly("its session is there");
      // Asking for one that is not known does not make it known.
      assertThat(virtual.balancer.explain(Request.of(3)).why()).containsExactly("its turn");
      virtual.advance(Duration.ofMinutes(2));
      request(virtual.balancer, 2);
      assertThat(virtual.balancer.explain(Request.of(1)).why()).containsExactly("its turn");
    }
  }

  @Test
  void theTableIsBounded() {
    AtomicInteger told = new AtomicInteger();
    SessionTable table =
        new SessionTable(100, Duration.ofMinutes(1), () -> 0, told::incrementAndGet);
    for (long session = 1; session <= 50; session++) {
      table.move(session, null, "a");
    }
    assertThat(ForkJoinPool.commonPool().awaitQuiescence(30, TimeUnit.SECONDS)).isTrue();
    assertThat(told).hasValue(0);
    for (long session = 51; session <= 10_000; session++) {
      table.move(session, null, "a");
    }
    assertThat(ForkJoinPool.commonPool().awaitQuiescence(30, TimeUnit.SECONDS)).isTrue();
    table.move(1, null, "a");
    assertThat(ForkJoinPool.commonPool().awaitQuiescence(30, TimeUnit.SECONDS)).isTrue();
    int known = 0;
    for (long session = 1; session <= 10_000; session++) {
      known += table.look(session) == null ? 0 : 1;
    }
    assertThat(known).isBetween(50, 110);
    assertThat(told).hasValue(1);
  }

  @Test
  void whatForgetsSessionsSaysSoOnce() {
    try (LogLines log = LogLines.of("io.evenkeel.lb.strategy");
        VirtualBalancer virtual =
            new VirtualBalancer(StickySessions.builder(RoundRobin.of()).maxSessions(10).build())) {
      virtual.publish(A, B);
      requests(virtual.balancer);
      assertThat(ForkJoinPool.commonPool().awaitQuiescence(30, TimeUnit.SECONDS)).isTrue();
      assertThat(log.lines())
          .containsExactly(
              "a session was forgotten before it was idle, and others will be: maxSessions: 10"
                  + " (expected: as many sessions as are in use within PT30M)");
    }
  }

  @Test
  void sessionsThatWereIdleMakeNoRoomScarce() {
    AtomicInteger told = new AtomicInteger();
    AtomicLong now = new AtomicLong();
    SessionTable table =
        new SessionTable(100, Duration.ofMinutes(1), now::get, told::incrementAndGet);
    for (long session = 1; session <= 1000; session++) {
      table.move(session, null, "a");
      now.addAndGet(Duration.ofSeconds(2).toNanos());
    }
    assertThat(ForkJoinPool.commonPool().awaitQuiescence(30, TimeUnit.SECONDS)).isTrue();
    assertThat(table.look(1)).isNull();
    assertThat(table.look(1000)).isEqualTo("a");
    assertThat(told).hasValue(0);
  }

  @Test
  void aSessionIsRememberedForTheIdleTimeAfterAnyUseAndHardlyLonger() {
    SplittableRandom random = new SplittableRandom(5);
    for (int trial = 0; trial < 1_000; trial++) {
      long idle = Duration.ofSeconds(trial % 2 == 0 ? 1 + random.nextInt(100) : 3_600).toNanos();
      AtomicLong now = new AtomicLong(random.nextLong());
      SessionTable table = new SessionTable(100, Duration.ofNanos(idle), now::get, () -> {});
      table.move(1, null, "a");
      for (int uses = random.nextInt(10); uses > 0; uses--) {
        now.addAndGet((long) (idle * Math.pow(random.nextDouble(), 1 + random.nextInt(6))));
        assertThat(table.find(1)).as("use in trial %d", trial).isEqualTo("a");
      }
      now.addAndGet(idle);
      assertThat(table.look(1)).as("trial %d", trial).isEqualTo("a");
      now.addAndGet(Duration.ofSeconds(2).toNanos());
      assertThat(table.find(1)).as("trial %d", trial).isNull();
    }
  }

  @Test
  void aSessionThatWasMovedMeanwhileIsNotMovedAgain() {
    SessionTable table = new SessionTable(100, Duration.ofMinutes(1), () -> 0, () -> {});
    assertThat(table.move(1, null, "a")).isTrue();
    assertThat(table.move(1, null, "b")).isFalse();
    assertThat(table.look(1)).isEqualTo("a");
    assertThat(table.move(1, "a", "b")).isTrue();
    assertThat(table.move(1, "a", "c")).isFalse();
    assertThat(table.look(1)).isEqualTo("b");
    assertThat(table.move(2, "a", "b")).as("a session that was forgotten").isFalse();
    assertThat(table.look(2)).isNull();
  }

  @Test
  void threadsThatBeginASessionAgree() throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try (Balancer balancer =
        Choices.balancer(
            StickySessions.of(RoundRobin.of()), new SplittableRandom(1), Choices.equal(8))) {
      for (long session = 1; session <= 200; session++) {
        long each = session;
        CyclicBarrier start = new CyclicBarrier(8);
        List<Future<String>> futures = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          futures.add(
              pool.submit(
                  () -> {
                    start.await();
                    return balancer.select(Request.of(each)).endpoint().id();
                  }));
        }
        List<String> places = new ArrayList<>();
        for (Future<String> future : futures) {
          places.add(future.get());
        }
        assertThat(places.stream().collect(toSet())).hasSize(1);
      }
    } finally {
      pool.shutdownNow();
    }
  }

  @Test
  void aKnownSessionAllocatesNothing() {
    Request[] sessions = new Request[1024];
    try (Balancer balancer =
        Choices.balancer(
            StickySessions.of(RoundRobin.of()), new SplittableRandom(1), Choices.equal(100))) {
      for (int i = 0; i < sessions.length; i++) {
        sessions[i] = Request.of(1 + i);
        balancer.select(sessions[i]);
      }
      int[] next = new int[1];
      Allocations.assertNone(
          "known sessions", () -> balancer.select(sessions[next[0]++ & (sessions.length - 1)]));
    }
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StickySessions.builder(RoundRobin.of()).maxSessions(0))
        .withMessage("maxSessions: 0 (expected: 1..10000000)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StickySessions.builder(RoundRobin.of()).idle(Duration.ofMillis(999)))
        .withMessage("idle: PT0.999S (expected: PT1S..PT8760H)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> StickySessions.of(SlowStart.of(StickySessions.of(RoundRobin.of()))))
        .withMessageContaining("no StickySessions inside StickySessions");
  }
}
