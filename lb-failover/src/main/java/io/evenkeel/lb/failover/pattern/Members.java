package io.evenkeel.lb.failover.pattern;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.failover.stage.Awaited;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Balancers by their names and by their places, of which {@link #NONE} is nobody's. Immutable. */
final class Members {
  static final int NONE = -1;

  private final List<Balancer> balancers;

  /**
   * @throws IllegalArgumentException if two have the same name
   */
  Members(List<Balancer> balancers) {
    requireDistinct(balancers);
    this.balancers = List.copyOf(balancers);
  }

  /**
   * Checks that balancers can be told apart.
   *
   * @throws IllegalArgumentException if two have the same name
   */
  static void requireDistinct(List<Balancer> balancers) {
    Set<String> names = new HashSet<>();
    for (Balancer balancer : balancers) {
      if (!names.add(balancer.name())) {
        throw new IllegalArgumentException(
            "balancers: two of the name " + balancer.name() + " (expected: distinct names)");
      }
    }
  }

  int size() {
    return balancers.size();
  }

  /** The one in this place; empty for {@link #NONE}. */
  Optional<Balancer> find(int place) {
    return place == NONE ? Optional.empty() : Optional.of(balancers.get(place));
  }

  /** The one in this place, or what stands in for nobody. For the request path. */
  Balancer at(int place, Balancer nobody) {
    return place == NONE ? nobody : balancers.get(place);
  }

  /** The place of the one of this name; {@link #NONE} if there is none, or nobody is meant. */
  int place(@Nullable String name) {
    for (int i = 0; i < balancers.size(); i++) {
      if (balancers.get(i).name().equals(name)) {
        return i;
      }
    }
    return NONE;
  }

  @Nullable String name(int place) {
    return place == NONE ? null : balancers.get(place).name();
  }

  List<String> names() {
    return balancers.stream().map(Balancer::name).toList();
  }

  /** Completes with the endpoints of the one that is ready first; fails when all have failed. */
  @SuppressWarnings("FutureReturnValueIgnored") // what matters happens inside
  CompletionStage<EndpointSet> ready(Duration limit) {
    CompletableFuture<EndpointSet> first = new CompletableFuture<>();
    AtomicInteger left = new AtomicInteger(balancers.size());
    for (Balancer balancer : balancers) {
      balancer
          .ready(limit)
          .whenComplete(
              (set, thrown) -> {
                if (thrown == null) {
                  first.complete(set);
                } else if (left.decrementAndGet() == 0) {
                  first.completeExceptionally(Awaited.unwrapped(thrown));
                }
              });
    }
    return first;
  }

  @Override
  public String toString() {
    return balancers.toString();
  }
}
