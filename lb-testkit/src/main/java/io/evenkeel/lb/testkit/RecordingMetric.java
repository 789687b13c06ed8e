package io.evenkeel.lb.testkit;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.LoadMeter;
import io.evenkeel.lb.LoadMetric;
import io.evenkeel.lb.LoadReport;
import io.evenkeel.lb.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Counts requests in flight, and remembers what meters are told. Thread-safe. */
public final class RecordingMetric implements LoadMetric, LoadMeter {
  private final List<String> heard = new CopyOnWriteArrayList<>();

  /** One that has heard nothing yet. */
  public RecordingMetric() {}

  /**
   * What meters of all endpoints were told, in order: outcomes by their names, reports as they
   * print themselves, and wishes to be spared as {@code pushback PT7S}.
   */
  public List<String> heard() {
    return List.copyOf(heard);
  }

  @Override
  public LoadMeter newMeter(Endpoint endpoint, double typicalLoad, long nowNanos) {
    return this;
  }

  @Override
  public double load(int inFlight, long recentNanos) {
    return inFlight;
  }

  @Override
  public void record(Outcome outcome, long latencyNanos, long nowNanos) {
    heard.add(outcome.name());
  }

  @Override
  public void report(LoadReport report, int inFlight, long nowNanos) {
    heard.add(report.toString());
  }

  @Override
  public void pushback(long nanos, long nowNanos) {
    heard.add("pushback " + Duration.ofNanos(nanos));
  }
}
