package io.evenkeel.lb.benchmark.peer;

import io.evenkeel.lb.benchmark.Machine;
import io.evenkeel.lb.benchmark.Study;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** {@link SocketComparison} as a group of {@code benchmarks/run}. */
public final class SocketStudy implements Study {
  private static final double PER_SECOND = 500;
  private static final int ROUNDS = 3;
  private static final int ROUNDS_OF_QUICK = 2;
  private static final double SECONDS = 10;
  private static final double SECONDS_OF_QUICK = 1;

  private static final List<PeerPolicy> QUICK =
      List.of(
          PeerPolicy.OUR_DEFAULT,
          PeerPolicy.OUR_TWO_CHOICES,
          PeerPolicy.VERTX_LEAST_REQUESTS,
          PeerPolicy.VERTX_TWO_CHOICES,
          PeerPolicy.ARMERIA_WEIGHTED_ROUND_ROBIN,
          PeerPolicy.GRPC_TWO_CHOICES,
          PeerPolicy.SPRING_ROUND_ROBIN,
          PeerPolicy.SERVICETALK_TWO_CHOICES,
          PeerPolicy.FINAGLE_TWO_CHOICES_PEAK_EWMA);

  /** For {@link java.util.ServiceLoader}. */
  public SocketStudy() {}

  @Override
  public String name() {
    return "sockets";
  }

  @Override
  public void run(Path results, Machine machine, boolean quick) throws IOException {
    List<PeerPolicy> policies =
        quick
            ? QUICK
            : Stream.of(PeerPolicy.values()).filter(SocketComparison::isComparable).toList();
    try {
      SocketComparison.run(
          results,
          machine,
          quick ? ROUNDS_OF_QUICK : ROUNDS,
          quick ? SECONDS_OF_QUICK : SECONDS,
          PER_SECOND,
          policies);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
