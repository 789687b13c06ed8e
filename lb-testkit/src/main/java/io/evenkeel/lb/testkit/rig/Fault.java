package io.evenkeel.lb.testkit.rig;

import static io.evenkeel.lb.testkit.rig.Expect.expect;

import java.time.Duration;
import java.util.Locale;

/**
 * What a {@link FaultProxy} does to the connections through it. Two at once are two proxies, one
 * before the other. Immutable.
 */
public final class Fault {
  private static final Fault NONE = new Fault(Kind.NONE, 0);
  private static final Fault SILENCE = new Fault(Kind.SILENCE, 0);
  private static final Fault REFUSAL = new Fault(Kind.REFUSAL, 0);

  final Kind kind;

  /** Nanoseconds, bytes per second or bytes. */
  final long amount;

  private Fault(Kind kind, long amount) {
    this.kind = kind;
    this.amount = amount;
  }

  enum Kind {
    NONE,
    LATENCY,
    BANDWIDTH,
    RESET,
    TRUNCATION,
    SILENCE,
    REFUSAL
  }

  /** Everything passes. */
  public static Fault none() {
    return NONE;
  }

  /**
   * What the server says comes this much later. Bytes that follow at once are not held up again.
   *
   * @param time up to a day
   */
  public static Fault latency(Duration time) {
    return new Fault(Kind.LATENCY, Expect.atMostADay("latency", time));
  }

  /**
   * What the server says comes slowly, a piece at a time, about a hundred pieces a second.
   *
   * @param bytesPerSecond at least 1
   */
  public static Fault bandwidth(long bytesPerSecond) {
    expect(bytesPerSecond >= 1, "bytesPerSecond", bytesPerSecond, ">= 1");
    return new Fault(Kind.BANDWIDTH, bytesPerSecond);
  }

  /** Connections are reset (RST): open ones now, new ones as soon as they are made. */
  public static Fault reset() {
    return resetAfter(0);
  }

  /**
   * A connection is reset when the server has said this much on it since the fault began. A reset
   * overtakes: the client may see less of it.
   *
   * @param bytes 0 for at once
   */
  public static Fault resetAfter(long bytes) {
    expect(bytes >= 0, "bytes", bytes, ">= 0");
    return new Fault(Kind.RESET, bytes);
  }

  /**
   * A connection ends when the server has said this much on it since the fault began: in order (a
   * FIN), as if that were all.
   *
   * @param bytes at least 1
   */
  public static Fault truncationAfter(long bytes) {
    expect(bytes >= 1, "bytes", bytes, ">= 1");
    return new Fault(Kind.TRUNCATION, bytes);
  }

  /**
   * Connections are accepted, bytes are taken, and nothing is said. What was taken is not lost: it
   * passes on when the fault ends, as it does in a network that was silent for a while.
   */
  public static Fault silence() {
    return SILENCE;
  }

  /** New connections are refused; open ones go on. */
  public static Fault refusal() {
    return REFUSAL;
  }

  @Override
  public String toString() {
    String name = kind.name().toLowerCase(Locale.ROOT);
    return switch (kind) {
      case NONE, SILENCE, REFUSAL -> name;
      case LATENCY -> name + " " + Duration.ofNanos(amount);
      case BANDWIDTH -> name + " " + amount + " B/s";
      case RESET, TRUNCATION -> name + " after " + amount + " B";
    };
  }
}
