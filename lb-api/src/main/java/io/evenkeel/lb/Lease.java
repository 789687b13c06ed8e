package io.evenkeel.lb;

import static java.util.Objects.requireNonNull;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A request that has begun on a node. It ends once, whoever ends it first: {@link #end}, {@link
 * #close}, or the balancer's limit for leases that were forgotten. Thread-safe.
 *
 * <pre>{@code
 * try (Lease lease = orders.lease(RequestContext.none())) {
 *   int status = get("http://" + lease.endpoint().authority() + "/orders/1");
 *   lease.end(status < 500 ? Outcome.SUCCESS : Outcome.FAILURE);
 * } // ended as FAILURE if an exception came between
 * }</pre>
 */
public final class Lease implements AutoCloseable {
  private static final VarHandle ENDED;

  static {
    try {
      ENDED = MethodHandles.lookup().findVarHandle(Lease.class, "ended", boolean.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Node node;
  private final long stamp;
  private final Leases open;

  /** Where it is noted; theirs alone. Written before the lease can be seen there. */
  int place;

  @SuppressWarnings("unused") // through ENDED
  private volatile boolean ended;

  Lease(Node node, long stamp, Leases open) {
    this.node = node;
    this.stamp = stamp;
    this.open = open;
  }

  /** Where the request goes. */
  public Node node() {
    return node;
  }

  /** Where the request goes. */
  public Endpoint endpoint() {
    return node.endpoint();
  }

  /** When the request began, by the balancer's ticker. */
  long stamp() {
    return stamp;
  }

  /**
   * Ends the request.
   *
   * @return whether this call ended it; false if it had ended before
   */
  public boolean end(Outcome outcome) {
    requireNonNull(outcome, "outcome");
    if (!ENDED.compareAndSet(this, false, true)) {
      return false;
    }
    open.remove(this);
    node.end(stamp, outcome);
    return true;
  }

  /**
   * Ends the request as {@link Outcome#FAILURE}, unless it has ended: what leaves a {@code try}
   * block without an outcome is an exception, nearly always the call's own.
   */
  @Override
  public void close() {
    end(Outcome.FAILURE);
  }

  @Override
  public String toString() {
    return "Lease[" + node.endpoint() + (ended ? ", ended]" : "]");
  }
}
