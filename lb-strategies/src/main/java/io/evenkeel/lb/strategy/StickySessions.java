package io.evenkeel.lb.strategy;

import static java.lang.System.Logger.Level.WARNING;
import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the requests of one {@linkplain RequestContext#affinity() affinity} on the endpoint that
 * the inner strategy chose for the first of them. Unlike hashing it moves no session when endpoints
 * come, and the inner strategy may go by load; but each client remembers its own sessions only.
 *
 * <p>The table of sessions is bounded, and forgets those that are idle for long enough, some of
 * them up to two seconds later. It outlives changes of the endpoints: a session whose endpoint has
 * left, is drained or is unfit moves for good to one that the inner strategy chooses; one whose
 * endpoint is full, or was tried by this request, stays there, and only this request goes
 * elsewhere. Requests without affinity are chosen by the inner strategy alone.
 *
 * <p>A request whose session is known allocates nothing. The first one of a session writes to the
 * table, which takes a short lock of the part of the table that it is in.
 */
public final class StickySessions extends Decorator {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.strategy");

  private final int maxSessions;
  private final Duration idle;

  private StickySessions(Builder builder) {
    super(Layer.SESSIONS, builder.inner);
    this.maxSessions = builder.maxSessions;
    this.idle = builder.idle;
  }

  /**
   * Up to 100,000 sessions, each until it was idle for 30 minutes.
   *
   * @param inner chooses for sessions that are not known
   * @throws IllegalArgumentException if there are sessions in the inner strategy
   */
  public static StickySessions of(Strategy inner) {
    return builder(inner).build();
  }

  /**
   * Begins a strategy with other settings.
   *
   * @param inner chooses for sessions that are not known
   */
  public static Builder builder(Strategy inner) {
    return new Builder(inner);
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    Sessions before = previous instanceof Sessions sessions ? sessions : null;
    Map<String, Node> byId = new HashMap<>();
    nodes.usable().forEach(node -> byId.put(node.endpoint().id(), node));
    return new Sessions(
        inner.newSelector(nodes, before == null ? null : before.inner),
        Map.copyOf(byId),
        before == null
            ? new SessionTable(maxSessions, idle, nodes.recentTime(), this::forgets)
            : before.table);
  }

  private void forgets() {
    LOG.log(
        WARNING,
        () ->
            "a session was forgotten before it was idle, and others will be: maxSessions: "
                + maxSessions
                + " (expected: as many sessions as are in use within "
                + idle
                + ")");
  }

  @Override
  public String toString() {
    return "StickySessions[maxSessions="
        + maxSessions
        + ", idle="
        + idle
        + ", inner="
        + inner
        + "]";
  }

  private record Sessions(Selector inner, Map<String, Node> byId, SessionTable table)
      implements Selector {
    @Override
    public @Nullable Node select(RequestContext context) {
      long affinity = context.affinity();
      if (affinity == 0) {
        return inner.select(context);
      }
      String place = table.find(affinity);
      Node node = place == null ? null : byId.get(place);
      if (node == null) {
        return settle(context, affinity, place);
      }
      return fits(node, context) ? node : inner.select(context);
    }

    private @Nullable Node settle(RequestContext context, long affinity, @Nullable String from) {
      Node chosen = inner.select(context);
      if (chosen == null || table.move(affinity, from, chosen.endpoint().id())) {
        return chosen;
      }
      String place = table.find(affinity);
      Node other = place == null ? null : byId.get(place);
      return other != null && fits(other, context) ? other : chosen;
    }

    private static boolean fits(Node node, RequestContext context) {
      return node.hasRoom() && !context.tried(node.endpoint());
    }

    @Override
    public @Nullable Node explain(RequestContext context, Consumer<String> why) {
      long affinity = context.affinity();
      String place = affinity == 0 ? null : table.look(affinity);
      Node node = place == null ? null : byId.get(place);
      if (node != null && fits(node, context)) {
        why.accept("its session is there");
        return node;
      }
      if (place != null) {
        why.accept("its session is on " + place + ", which is not offered, full or was tried");
      }
      return inner.explain(context, why);
    }
  }

  /** Builds {@link StickySessions}. Not thread-safe. */
  public static final class Builder {
    private static final int MOST_SESSIONS = 10_000_000;

    private final Strategy inner;
    private int maxSessions = 100_000;
    private Duration idle = Duration.ofMinutes(30);

    private Builder(Strategy inner) {
      this.inner = requireNonNull(inner, "inner");
    }

    /**
     * How many sessions to remember, for each balancer; beyond that the less used are forgotten,
     * and that one was is logged once. By default 100,000.
     *
     * @throws IllegalArgumentException unless it is from 1 to 10,000,000
     */
    public Builder maxSessions(int sessions) {
      this.maxSessions = Expect.within("maxSessions", sessions, 1, MOST_SESSIONS);
      return this;
    }

    /**
     * For how long a session without requests is remembered. By default 30 minutes.
     *
     * @throws IllegalArgumentException unless it is from 1 second to 365 days
     */
    public Builder idle(Duration idle) {
      this.idle = Expect.within("idle", idle, Duration.ofSeconds(1), Duration.ofDays(365));
      return this;
    }

    /**
     * The strategy.
     *
     * @throws IllegalArgumentException if there are sessions in the inner strategy
     */
    public StickySessions build() {
      return new StickySessions(this);
    }
  }
}
