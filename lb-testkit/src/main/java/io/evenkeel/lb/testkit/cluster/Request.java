package io.evenkeel.lb.testkit.cluster;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.RequestContext;
import java.util.Arrays;

/** A request on its way, through as many attempts as it takes. Servers are known by their ports. */
final class Request implements RequestContext {
  private static final int[] NONE = {};

  private final long intended;
  private int attempts;
  private int[] failedAt = NONE;
  private int[] refusedBy = NONE;

  Request(long intended) {
    this.intended = intended;
  }

  /** When it was meant to be sent. */
  long intended() {
    return intended;
  }

  /** Whether it counts in the result: it was meant to be sent after the warm-up. */
  boolean isMeasured() {
    return intended >= 0;
  }

  /** How many attempts have begun. */
  int attempts() {
    return attempts;
  }

  /** An attempt begins. Nodes that refused it are asked again if there is another. */
  void begin() {
    attempts++;
    refusedBy = NONE;
  }

  /** The latest attempt failed there. */
  void failedAt(Endpoint endpoint) {
    failedAt = with(failedAt, endpoint);
  }

  /**
   * A node refused to begin.
   *
   * @return false if it had refused this attempt before, so that there is no other
   */
  boolean refusedBy(Endpoint endpoint) {
    if (contains(refusedBy, endpoint)) {
      return false;
    }
    refusedBy = with(refusedBy, endpoint);
    return true;
  }

  @Override
  public boolean tried(Endpoint endpoint) {
    return contains(failedAt, endpoint) || contains(refusedBy, endpoint);
  }

  private static int[] with(int[] ports, Endpoint endpoint) {
    int[] more = Arrays.copyOf(ports, ports.length + 1);
    more[ports.length] = endpoint.port();
    return more;
  }

  private static boolean contains(int[] ports, Endpoint endpoint) {
    for (int port : ports) {
      if (port == endpoint.port()) {
        return true;
      }
    }
    return false;
  }
}
