package io.evenkeel.lb.benchmark.fault;

import static io.evenkeel.lb.benchmark.fault.Deaths.millis;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.benchmark.fault.AttemptLog.Attempts;
import io.evenkeel.lb.testkit.rig.LoadResult;
import io.evenkeel.lb.testkit.rig.OpenLoopLoad;
import io.evenkeel.lb.testkit.rig.Reply;
import io.evenkeel.lb.testkit.rig.SilentNetwork;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.IntStream;

/**
 * What other libraries do with the faults that requests survive by going elsewhere. The first
 * server is the victim: those that take turns have no busiest one.
 */
final class Comparison {
  private static final int VICTIM = 0;
  private static final Duration WARM_UP = Duration.ofSeconds(2);

  private Comparison() {}

  /** A scenario for the client of another library. */
  @FunctionalInterface
  interface Script {
    Verdict.Figures run(Peer peer, Pace pace) throws IOException, InterruptedException;
  }

  static Verdict.Figures kill(Peer peer, Pace pace) throws IOException, InterruptedException {
    try (PeerRig rig = warm(peer, pace, PeerServers.usual())) {
      Run run =
          run(
              rig,
              pace,
              number -> Retrying.isPost(number) ? rig.post() : rig.get(),
              () -> rig.kill(VICTIM));
      int all = run.result.failures();
      int posts = Rescues.failed(run.result, request -> Retrying.isPost(request.number()));
      return new Verdict.Figures()
          .add("failedGets", all - posts)
          .add("failedPosts", posts)
          .add("attemptsPerRequest", run.attemptsPerRequest())
          .add("p999Millis", millis(run.result.quantile(0.999).toNanos()))
          .add("starved", run.result.starved());
    }
  }

  static Verdict.Figures stop(Peer peer, Pace pace) throws IOException, InterruptedException {
    try (PeerRig rig = warm(peer, pace, PeerServers.usual())) {
      return silent(run(rig, pace, number -> rig.get(), () -> rig.stop(VICTIM)));
    }
  }

  static Verdict.Figures blackHole(Peer peer, Pace pace) throws IOException, InterruptedException {
    if (SilentNetwork.obstacle().isPresent()) {
      return new Verdict.Figures();
    }
    try (SilentNetwork network = SilentNetwork.open();
        PeerRig rig = warm(peer, pace, PeerServers.usual().in(network))) {
      return silent(run(rig, pace, number -> rig.get(), network::silence));
    }
  }

  private static Verdict.Figures silent(Run run) {
    return new Verdict.Figures()
        .add("failedGets", run.result.failures())
        .add("p999Millis", millis(run.result.quantile(0.999).toNanos()))
        .add("longestMillis", millis(run.result.quantile(1).toNanos()))
        .add("attemptsPerRequest", run.attemptsPerRequest())
        .add("starved", run.result.starved());
  }

  static Verdict.Figures outage(Peer peer, Pace pace) throws IOException, InterruptedException {
    try (PeerRig rig = warm(peer, pace, PeerServers.usual())) {
      return Outage.run(
          pace,
          number -> rig.get(),
          () -> IntStream.range(0, Faults.SERVERS).forEach(rig::kill),
          () -> IntStream.range(0, Faults.SERVERS).forEach(rig::restart),
          () -> attempts(rig));
    }
  }

  static Verdict.Figures overload(Peer peer, Pace pace) throws IOException, InterruptedException {
    try (PeerRig rig = peer.start(PeerServers.usual().workers(Surge.WORKERS))) {
      return Surge.run(
          Surge.Phases.of(pace), Surge.capacity(Faults.SERVERS, rig::direct), number -> rig.get());
    }
  }

  /** A rig whose servers have run for some time, and whose client has, too. */
  private static PeerRig warm(Peer peer, Pace pace, PeerServers servers)
      throws IOException, InterruptedException {
    PeerRig rig = peer.start(servers);
    try {
      OpenLoopLoad load = pace.load(WARM_UP).build();
      LoadResult unused = load.run(number -> direct(rig, (int) (number % servers.count())));
      unused = load.run(number -> rig.get());
      // As ours does: what cold code was like would be what it goes by for seconds.
      rig.forget();
      return rig;
    } catch (InterruptedException | RuntimeException e) {
      rig.close();
      throw e;
    }
  }

  private static Reply direct(PeerRig rig, int server) {
    rig.direct(server);
    return new Reply(FaultRig.id(server), Outcome.SUCCESS);
  }

  private static Run run(
      PeerRig rig, Pace pace, OpenLoopLoad.Sender sender, OpenLoopLoad.Step fault)
      throws InterruptedException {
    long start = System.nanoTime();
    LoadResult result =
        pace.load(Rescues.CALM.plusSeconds(4)).at(Rescues.CALM, "fault", fault).build().run(sender);
    return new Run(result, attempts(rig).after(start).count());
  }

  private static Attempts attempts(PeerRig rig) {
    return new Attempts(
        rig.attempts().stream()
            .map(begun -> new Attempt("any", Outcome.SUCCESS, begun, begun))
            .toList());
  }

  private record Run(LoadResult result, int attempts) {
    double attemptsPerRequest() {
      return (double) attempts / result.count();
    }
  }
}
