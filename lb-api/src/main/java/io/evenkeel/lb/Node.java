package io.evenkeel.lb;

/**
 * The live half of an endpoint inside one balancer: it counts requests, and knows load and health.
 *
 * <p>A node lives as long as its balancer knows an endpoint of the same {@linkplain Endpoint#id()
 * id}, and longer while requests are in flight. Thread-safe.
 *
 * <p>For hot paths, which must allocate nothing:
 *
 * <pre>{@code
 * Node node = balancer.select(context);
 * long stamp = node.begin(); // REFUSED if it is at a limit: then choose again
 * Outcome outcome = Outcome.FAILURE;
 * try {
 *   outcome = call(node.endpoint());
 * } finally {
 *   node.end(stamp, outcome);
 * }
 * }</pre>
 *
 * <p>Whoever begins a request must end it once, whatever happens; {@link Balancer#lease} takes care
 * of that at the price of a small object.
 */
public sealed interface Node permits LiveNode {
  /** What {@link #begin()} returns when the node does not take the request. */
  long REFUSED = Long.MIN_VALUE;

  /** The facts of the endpoint, as of the latest set. */
  Endpoint endpoint();

  /**
   * Counts a request as begun.
   *
   * @return a stamp to be given to {@link #end}, or {@link #REFUSED} when the node is at a limit;
   *     then nothing was counted, and the caller should choose again
   */
  long begin();

  /**
   * Counts a request as ended and learns from it. To be called once for each stamp.
   *
   * @param stamp what {@link #begin()} returned
   * @throws IllegalArgumentException if the stamp is {@link #REFUSED}
   */
  void end(long stamp, Outcome outcome);

  /**
   * The endpoint asked to be spared for a while, as by {@code Retry-After}. To be called beside
   * {@link #end}, by adapters that can read such a wish.
   *
   * @param nanos for how long; clamped to 0 up to 60 seconds, so that no answer can shut a node out
   */
  void pushback(long nanos);

  /** Requests that have begun and not ended. */
  int inFlight();

  /** The load that one more request would meet, in the unit of the strategy's load metric. */
  double load();

  /**
   * The weight to choose by: the endpoint's weight, lowered while its health is below 1. At least
   * 0.
   */
  double weight();
}
