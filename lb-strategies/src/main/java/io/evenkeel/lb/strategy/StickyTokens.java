package io.evenkeel.lb.strategy;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.NodeSet;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Selector;
import io.evenkeel.lb.Strategy;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Lets a request come back to the endpoint that it names by a token, such as a gateway hands out in
 * a cookie. Nobody has to remember a session, and any number of clients with the same {@link
 * Affinity} agree.
 *
 * <pre>{@code
 * StickyTokens sticky = StickyTokens.of(IdleFirst.ofDefaults(), Affinity.seeded(0x5ec4e7L));
 * Endpoint used = Endpoint.of("10.0.0.1", 8080);
 * String cookie = sticky.token(used); // to the browser, with the response
 * long affinity = sticky.affinity(cookie); // for the context of the browser's next request
 * }</pre>
 *
 * <p>A request without a token, or whose endpoint is unknown, unfit, full or was tried, goes where
 * the inner strategy chooses. Tokens do not tell the address of an endpoint. They are no proof of
 * anything: whoever has one may send it, and their hash is fast, not cryptographic.
 */
public final class StickyTokens extends Decorator {
  private final Affinity affinity;

  private StickyTokens(Strategy inner, Affinity affinity) {
    super(Layer.SESSIONS, inner);
    this.affinity = requireNonNull(affinity, "affinity");
  }

  /**
   * Tokens by these affinities.
   *
   * @param inner chooses for requests without a token that is of use
   * @throws IllegalArgumentException if there are sessions in the inner strategy
   */
  public static StickyTokens of(Strategy inner, Affinity affinity) {
    return new StickyTokens(inner, affinity);
  }

  /** The token of an endpoint: 16 hexadecimal digits, by its id. */
  public String token(Endpoint endpoint) {
    return HexFormat.of().toHexDigits(affinity.of(endpoint.id()));
  }

  /** The affinity of a request that came with a token, or with any other text. */
  public long affinity(CharSequence token) {
    return affinity.of(token);
  }

  @Override
  public Selector newSelector(NodeSet nodes, @Nullable Selector previous) {
    Selector before = previous instanceof ByToken byToken ? byToken.inner : null;
    return new ByToken(inner.newSelector(nodes, before), nodes);
  }

  @Override
  public String toString() {
    return "StickyTokens[inner=" + inner + "]";
  }

  private final class ByToken implements Selector {
    private final Selector inner;

    /** By the lowest bits of their affinities, or in the next free place. At most half full. */
    private final @Nullable Node[] table;

    private final long[] affinities;
    private final int mask;

    ByToken(Selector inner, NodeSet nodes) {
      this.inner = inner;
      int size = Integer.highestOneBit(nodes.usable().size()) * 4;
      this.table = new @Nullable Node[size];
      this.affinities = new long[size];
      this.mask = size - 1;
      for (Node node : nodes.usable()) {
        long its = affinity(token(node.endpoint()));
        int at = (int) its & mask;
        while (table[at] != null) {
          at = (at + 1) & mask;
        }
        affinities[at] = its;
        table[at] = node;
      }
    }

    @Override
    public @Nullable Node select(RequestContext context) {
      Node node = named(context);
      return node == null ? inner.select(context) : node;
    }

    private @Nullable Node named(RequestContext context) {
      long wanted = context.affinity();
      int at = (int) wanted & mask;
      Node node = table[at];
      while (node != null && affinities[at] != wanted) {
        at = (at + 1) & mask;
        node = table[at];
      }
      return node != null && node.hasRoom() && !context.tried(node.endpoint()) ? node : null;
    }

    @Override
    public @Nullable Node explain(RequestContext context, Consumer<String> why) {
      Node node = named(context);
      if (node == null) {
        return inner.explain(context, why);
      }
      why.accept("named by its token");
      return node;
    }
  }
}
