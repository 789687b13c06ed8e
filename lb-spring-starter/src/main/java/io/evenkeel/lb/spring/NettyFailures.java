package io.evenkeel.lb.spring;

import io.evenkeel.lb.Outcome;
import org.jspecify.annotations.Nullable;

/**
 * What exceptions of Netty say of an endpoint where they are not those of the JDK. By their names,
 * since WebClient may have another client.
 */
final class NettyFailures {
  /** Longer chains are loops, or nobody's. */
  private static final int DEEPEST = 32;

  private NettyFailures() {}

  /** {@link Outcome#CANCELLED} for what says nothing. */
  static Outcome of(Throwable thrown) {
    Throwable cause = thrown;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      for (Class<?> type = cause.getClass(); type != null; type = type.getSuperclass()) {
        Outcome outcome = judge(type.getName());
        if (outcome != null) {
          return outcome;
        }
      }
      cause = cause.getCause();
    }
    return Outcome.CANCELLED;
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
