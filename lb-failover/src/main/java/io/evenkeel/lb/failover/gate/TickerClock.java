package io.evenkeel.lb.failover.gate;

import io.evenkeel.lb.Ticker;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/**
 * A wall clock that only its start has in common with the wall: it goes by a ticker, so that a
 * breaker does not stay open when somebody sets the time back.
 */
final class TickerClock extends Clock {
  private final Ticker ticker;
  private final Instant start;
  private final long startNanos;
  private final ZoneId zone;

  TickerClock(Ticker ticker, Instant start) {
    this(ticker, start, ticker.read(), ZoneOffset.UTC);
  }

  private TickerClock(Ticker ticker, Instant start, long startNanos, ZoneId zone) {
    this.ticker = ticker;
    this.start = start;
    this.startNanos = startNanos;
    this.zone = zone;
  }

  @Override
  public Instant instant() {
    return start.plusNanos(ticker.read() - startNanos);
  }

  @Override
  public ZoneId getZone() {
    return zone;
  }

  @Override
  public Clock withZone(ZoneId other) {
    return new TickerClock(ticker, start, startNanos, other);
  }

  @Override
  public String toString() {
    return "TickerClock[" + ticker + "]";
  }
}
