package io.evenkeel.lb.spring;

import io.evenkeel.lb.Outcome;
import io.evenkeel.lb.failover.Outcomes;
import org.jspecify.annotations.Nullable;

/**
 * What exceptions say of an endpoint: as everywhere, and Netty's own, which are none of the JDK's,
 * by their names, since the class path may have another client.
 */
final class ClientFailures {
  /** Longer chains are loops, or nobody's. */
  private static final int DEEPEST = 32;

  private ClientFailures() {}

  /** {@link Outcome#CANCELLED} for what says nothing. */
  static Outcome of(Throwable thrown) {
    Outcome usual = Outcomes.ofDefaults().of(thrown);
    Throwable cause = usual == Outcome.CANCELLED ? thrown : null;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      for (Class<?> type = cause.getClass(); type != null; type = type.getSuperclass()) {
        Outcome outcome = judge(type.getName());
        if (outcome != null) {
          return outcome;
        }
      }
      cause = cause.getCause();
    }
    return usual;
  }

  private static @Nullable Outcome judge(String type) {
    return switch (type) {
      case "io.netty.handler.timeout.TimeoutException" -> Outcome.TIMEOUT;
      case "io.netty.channel.ChannelException",
          "io.netty.handler.codec.DecoderException",
          "io.netty.handler.codec.http2.Http2Exception",
          "reactor.netty.channel.AbortedException" ->
          Outcome.FAILURE;
      default -> null;
    };
  }
}
