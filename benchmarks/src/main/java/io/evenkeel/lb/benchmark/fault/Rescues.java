package io.evenkeel.lb.benchmark.fault;

import static io.evenkeel.lb.benchmark.fault.Deaths.millis;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.benchmark.fault.AttemptLog.Attempts;
import io.evenkeel.lb.strategy.IdleFirst;
import io.evenkeel.lb.strategy.SlowStart;
import io.evenkeel.lb.testkit.ManualSource;
import io.evenkeel.lb.testkit.rig.LoadResult;
import io.evenkeel.lb.testkit.rig.LoadResult.Request;
import io.evenkeel.lb.testkit.rig.OpenLoopLoad;
import io.evenkeel.lb.testkit.rig.ServerProcess;
import io.evenkeel.lb.testkit.rig.SilentNetwork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** What requests do not notice where they may go elsewhere, and what that costs. */
final class Rescues {
  static final Duration CALM = Duration.ofMillis(1500);

  /** A request may take one attempt too long, the pause, and another attempt. */
  private static final double MOST_MILLIS = Faults.ATTEMPT_TIMEOUT.toMillis() + 50.0;

  private static final int KILLS = 10;

  private Rescues() {}

  /** A fifth are POSTs. What of them the victim had in its hands is lost, and nothing else. */
  static Verdict.Figures kill(Pace pace) throws InterruptedException {
    try (FaultRig rig = FaultRig.start(pace);
        Retrying client = rig.retrying()) {
      LoadResult result =
          rig.load(CALM.plusSeconds(4))
              .at(CALM, "kill", rig.step("kill", ServerProcess::kill))
              .build()
              .run(client::getOrPost);
      long killed = result.mark("kill").done().toNanos();
      Attempts all = rig.log().attempts();
      Attempts there = all.at(rig.victimId());
      long begun = rig.span("kill").begun();
      return new Verdict.Figures()
          .atMost(0, "failedGets", failed(result, request -> !Retrying.isPost(request.number())))
          .atMost(
              0,
              "failedPostsBegunAfter",
              failed(
                  result, request -> Retrying.isPost(request.number()) && request.begun() > killed))
          .atMost(0, "postsDoneTwice", doneTwice(rig.servers()))
          .atMost(5, "failedAttempts", there.after(begun).failed().count())
          .add("failedPosts", failed(result, request -> Retrying.isPost(request.number())))
          .add("cutOff", there.during(begun).failed().count())
          .add("attemptsPerRequest", (double) all.count() / result.count())
          .add("p999Millis", millis(result.quantile(0.999).toNanos()))
          .add("starved", result.starved())
          .failuresOf(result);
    }
  }

  /** The busiest is killed each time, and is back two seconds later. */
  static Verdict.Figures storm(Pace pace) throws InterruptedException {
    Duration period = Duration.ofSeconds(pace.quick() ? 4 : 30);
    try (FaultRig rig = FaultRig.start(pace);
        Retrying client = rig.retrying()) {
      OpenLoopLoad.Builder load = rig.load(CALM.plus(period.multipliedBy(KILLS)));
      int[] killed = new int[KILLS];
      for (int i = 0; i < KILLS; i++) {
        int kill = i;
        Duration at = CALM.plus(period.multipliedBy(i));
        load.at(
            at,
            "kill " + i,
            () -> {
              killed[kill] = rig.busiest();
              rig.servers().get(killed[kill]).kill();
            });
        load.at(at.plusSeconds(2), "restart " + i, () -> rig.servers().get(killed[kill]).restart());
      }
      LoadResult result = load.build().run(client::get);
      Attempts all = rig.log().attempts();
      return new Verdict.Figures()
          .atMost(0, "failedGets", result.failures())
          .add("kills", KILLS)
          .add("failedAttempts", all.failed().count())
          .add("attemptsPerRequest", (double) all.count() / result.count())
          .add("p999Millis", millis(result.quantile(0.999).toNanos()))
          .add("starved", result.starved())
          .failuresOf(result);
    }
  }

  static Verdict.Figures stop(Pace pace) throws InterruptedException {
    try (FaultRig rig = FaultRig.start(pace);
        Retrying client = rig.retrying()) {
      LoadResult result =
          rig.load(CALM.plusSeconds(4))
              .at(CALM, "stop", rig.step("stop", ServerProcess::stop))
              .build()
              .run(client::get);
      return silent(rig, result, "stop");
    }
  }

  /** The victim is in a network of its own, which drops all packets from then on. */
  static Verdict.Figures blackHole(Pace pace) throws InterruptedException {
    if (SilentNetwork.obstacle().isPresent()) {
      return new Verdict.Figures().add("notPossibleHere", 1);
    }
    try (SilentNetwork network = SilentNetwork.open()) {
      List<ServerProcess> servers = new ArrayList<>();
      servers.add(FaultRig.usual().in(network).start());
      servers.addAll(FaultRig.usual().start(Faults.SERVERS - 1));
      try (FaultRig rig = FaultRig.start(pace, servers);
          Retrying client = rig.retrying()) {
        LoadResult result =
            rig.load(CALM.plusSeconds(4))
                .at(CALM, "silence", rig.step("silence", 0, victim -> network.silence()))
                .build()
                .run(client::get);
        return silent(rig, result, "silence");
      }
    }
  }

  private static Verdict.Figures silent(FaultRig rig, LoadResult result, String step) {
    long begun = rig.span(step).begun();
    Attempts all = rig.log().attempts();
    Attempts there = all.at(rig.victimId());
    int stuck = there.after(begun).failed().count() + there.during(begun).failed().count();
    return new Verdict.Figures()
        .atMost(0, "failedGets", result.failures())
        .atMost(MOST_MILLIS, "p999Millis", millis(result.quantile(0.999).toNanos()))
        .atMost(25, "stuckAttempts", stuck)
        .add("longestMillis", millis(result.quantile(1).toNanos()))
        .add("attemptsPerRequest", (double) all.count() / result.count())
        .add("starved", result.starved())
        .failuresOf(result);
  }

  static Verdict.Figures outage(Pace pace) throws InterruptedException {
    try (FaultRig rig = FaultRig.start(pace);
        Retrying client = rig.retrying()) {
      return Outage.run(
          pace,
          client::get,
          () -> rig.servers().forEach(ServerProcess::kill),
          () -> rig.servers().forEach(ServerProcess::restart),
          rig.log()::attempts);
    }
  }

  /**
   * Each server is first taken from the set, then ended when it has had time for its longest
   * request; its successor comes as a new endpoint on another port. Successors are cold, so they
   * get their share by degrees.
   */
  static Verdict.Figures rolling(Pace pace) throws InterruptedException {
    Duration longest = Duration.ofSeconds(pace.quick() ? 2 : 5);
    Duration grace = longest.plusSeconds(1);
    Duration step = grace.plusSeconds(3);
    ManualSource source = new ManualSource();
    Strategy strategy = SlowStart.builder(new IdleFirst()).window(grace).build();
    try (FaultRig rig = FaultRig.start(pace, strategy, source)) {
      Map<Integer, Endpoint> set = new HashMap<>();
      for (int i = 0; i < Faults.SERVERS; i++) {
        set.put(i, rig.servers().get(i).endpoint(FaultRig.id(i)));
      }
      publish(source, set);
      try (Retrying client = rig.retrying()) {
        OpenLoopLoad.Builder load = rig.load(CALM.plus(step.multipliedBy(Faults.SERVERS)));
        for (int i = 0; i < Faults.SERVERS; i++) {
          int number = i;
          ServerProcess server = rig.servers().get(i);
          Duration at = CALM.plus(step.multipliedBy(i));
          load.at(
              at,
              "remove " + i,
              () -> {
                set.remove(number);
                publish(source, set);
              });
          load.at(
              at.plus(grace),
              "replace " + i,
              () -> {
                server.restartElsewhere();
                set.put(number, server.endpoint(FaultRig.id(number) + "-new"));
                publish(source, set);
              });
        }
        LoadResult result =
            load.patience(longest.plusSeconds(10))
                .build()
                .run(number -> client.mixed(number, longest));
        Map<String, Integer> done = posts(rig.servers());
        int notDone =
            (int)
                client.posts().entrySet().stream()
                    .filter(post -> post.getValue() && !done.containsKey(post.getKey()))
                    .count();
        return new Verdict.Figures()
            .atMost(0, "lost", result.failures() + result.unfinished())
            .atMost(0, "postsDoneTwice", doneTwice(rig.servers()))
            .atMost(0, "postsNotDone", notDone)
            .add("requests", result.count())
            .add("posts", client.posts().size())
            .add("failedAttempts", rig.log().attempts().failed().count())
            .add("starved", result.starved())
            .failuresOf(result);
      }
    }
  }

  private static void publish(ManualSource source, Map<Integer, Endpoint> set) {
    source.publish(set.values().toArray(Endpoint[]::new));
  }

  private static int doneTwice(List<ServerProcess> servers) {
    return (int) posts(servers).values().stream().filter(count -> count > 1).count();
  }

  /** How often each was begun to be worked on, by its key. */
  private static Map<String, Integer> posts(List<ServerProcess> servers) {
    Map<String, Integer> counts = new HashMap<>();
    for (ServerProcess server : servers) {
      server.posts().forEach((key, count) -> counts.merge(key, count, Integer::sum));
    }
    return counts;
  }

  static int failed(LoadResult result, Predicate<Request> counted) {
    return (int)
        result.requests().stream()
            .filter(request -> request.failed() && counted.test(request))
            .count();
  }
}
