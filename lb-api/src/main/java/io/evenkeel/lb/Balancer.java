package io.evenkeel.lb;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Chooses an endpoint of one service for each request. Thread-safe.
 *
 * <pre>{@code
 * Balancer orders =
 *     Balancer.builder("orders")
 *         .source(EndpointSource.of(Endpoint.of("10.0.0.1", 8080), Endpoint.of("10.0.0.2", 8080)))
 *         .build();
 * }</pre>
 */
public interface Balancer extends AutoCloseable {
  /** What the balancer is called in events, logs and host names. */
  String name();

  /**
   * Chooses a node for a request. Never blocks, locks or allocates, and reserves nothing: call
   * {@link Node#begin()} next, and choose again, with the endpoint counted as tried, if it refuses.
   *
   * <p>An endpoint that the request has {@linkplain RequestContext#tried tried} is chosen only when
   * no other is usable.
   *
   * @throws NoEndpointException if there is no endpoint to choose; it says why
   */
  Node select(RequestContext context);

  /**
   * Chooses a node that takes the request, and begins it there. A node that refuses is passed over.
   *
   * @throws NoEndpointException if there is no endpoint that takes the request; it says why
   */
  Lease lease(RequestContext context);

  /**
   * What {@link #select} would choose for this request now, and why: every endpoint, with what the
   * balancer knows of it. Changes nothing and begins nothing, but costs far more than a choice: it
   * looks at all endpoints, and allocates.
   *
   * <p>A strategy that draws lots draws new ones for each call, so it may say something else than
   * the choice before or after it.
   */
  Explanation explain(RequestContext context);

  /**
   * Begins to keep every n-th choice, for a look at what was chosen lately, until the log is closed
   * or another begins. What {@link #explain} says is no choice; what {@link #lease} passes over is
   * one. While no log is open, choices run through the same code as ever.
   *
   * <p>It begins at once, or as soon as a change of endpoints that is under way is done.
   *
   * <pre>{@code
   * ChoiceLog log = orders.record(100, 1000); // the last 100 of every 1000th choice
   * log.choices().forEach(System.out::println);
   * log.close();
   * }</pre>
   *
   * @param size how many choices to keep: 1 to {@link ChoiceLog#MAX_SIZE}
   * @param oneIn of how many choices to keep one, at least 1
   */
  ChoiceLog record(int size, int oneIn);

  /** The latest set that was taken; empty before the first. */
  EndpointSet endpoints();

  /** The nodes of the latest set, in the order of their ids. */
  List<Node> nodes();

  /**
   * The share of the weight that is fit, from 0 to 1, as last judged and whether or not the
   * balancer panics. What is out of service on purpose is not reckoned with; where that is all, or
   * there is nothing, it is 0. Costs a field, however many endpoints there are.
   */
  double capacity();

  /**
   * How its endpoints are judged, in the order in which it was {@linkplain BalancerBuilder#health
   * built} with them; empty where nobody judges, and for a balancer that only passes requests on to
   * others, which judge themselves.
   */
  default List<HealthPolicy> policies() {
    return List.of();
  }

  /**
   * Completes with the endpoints as soon as a set was taken, and exceptionally with a {@link
   * NoEndpointException} when the limit passes before or the balancer is closed. Start-up may wait
   * for it; a request never does. Dependents run on the thread that delivers the endpoints and must
   * not block it.
   *
   * @param limit how long to wait, above 0
   */
  CompletionStage<EndpointSet> ready(Duration limit);

  /**
   * Lets go of the source, the health indicators and all tasks. Requests that are in flight may
   * still end; new ones get a {@link NoEndpointException}. Further calls do nothing.
   */
  @Override
  void close();

  /**
   * Begins a balancer.
   *
   * @param name what it is called in events, logs and host names: 1 to 253 characters, not blank
   */
  static BalancerBuilder builder(String name) {
    return new BalancerBuilder(name);
  }
}
