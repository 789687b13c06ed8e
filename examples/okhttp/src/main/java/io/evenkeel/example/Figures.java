package io.evenkeel.example;

import io.evenkeel.lb.health.HealthState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came out of one run. Latencies are in milliseconds, from the moment a request was due to the
 * end of its answer, over requests that succeeded; NaN where none did.
 *
 * @param strategy its name on the command line
 * @param seconds how long it ran
 * @param requests how many were due; each has succeeded or failed
 * @param overflowed how many of the failed were given up at once, because too many were in flight
 * @param endpoints in the order of the stage
 * @param slices the run in short pieces, in order
 * @param marks what was done to the servers, in order
 * @param changes how the balancer's mind about the servers changed, in order
 * @param delays when this process got no processor in time, in order
 * @param calls what the failover did; null where there was none
 */
record Figures(
    String strategy,
    double seconds,
    long requests,
    long succeeded,
    long overflowed,
    double p50Millis,
    double p99Millis,
    double p999Millis,
    List<OfEndpoint> endpoints,
    List<Slice> slices,
    List<Mark> marks,
    List<Change> changes,
    List<Punctuality.Delay> delays,
    CallTally.@Nullable Calls calls) {

  long failed() {
    return requests - succeeded;
  }

  /** The share of the requests that succeeded; 1 where there were none. */
  double successShare() {
    return requests == 0 ? 1 : (double) succeeded / requests;
  }

  /**
   * One endpoint's part.
   *
   * @param requests those that were sent to it
   * @param share of all requests that were sent to an endpoint
   */
  record OfEndpoint(
      String id, long requests, long succeeded, double share, double p50Millis, double p99Millis) {
    long failed() {
      return requests - succeeded;
    }
  }

  /**
   * A piece of the run; what ended within it.
   *
   * @param from seconds since the start
   * @param to seconds since the start
   * @param requests how many were sent to each endpoint
   * @param failed how many failed, sent or not
   */
  record Slice(
      double from,
      double to,
      double p50Millis,
      double p99Millis,
      List<Long> requests,
      long failed) {}

  /**
   * A change of an endpoint's state of health.
   *
   * @param second since the start
   */
  record Change(double second, String endpoint, HealthState to, String why) {
    @Override
    public String toString() {
      return endpoint + ' ' + to + (why.isEmpty() ? "" : ": " + why);
    }
  }

  /**
   * Something that was done to a server.
   *
   * @param second since the start, when it was done
   */
  record Mark(double second, String endpoint, Fault.Kind kind) {
    @Override
    public String toString() {
      return endpoint + ' ' + kind.text;
    }
  }
}
