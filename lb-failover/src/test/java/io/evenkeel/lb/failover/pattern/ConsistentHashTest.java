package io.evenkeel.lb.failover.pattern;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.strategy.Rendezvous;
import io.evenkeel.lb.strategy.RingHash;
import java.net.ConnectException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A key whose endpoint dies goes to its own next choice: the same while calls find out, when health
 * has found out, and until the endpoint is back. No other key moves.
 */
@Timeout(60)
class ConsistentHashTest {
  private static final int ENDPOINTS = 10;
  private static final int KEYS = 2_000;

  private static final Set<String> NONE = Set.of();

  static Stream<Strategy> strategies() {
    return Stream.of(RingHash.ofDefaults(), Rendezvous.of());
  }

  /** Where calls for each key end up while these endpoints refuse connections. */
  private static Map<Integer, String> places(Failover failover, Set<String> dead) {
    Map<Integer, String> places = new HashMap<>();
    for (int key = 1; key <= KEYS; key++) {
      String place =
          failover.call(
              new Keyed(key),
              endpoint -> {
                if (dead.contains(endpoint.id())) {
                  throw new ConnectException("refused");
                }
                return endpoint.id();
              });
      places.put(key, place);
    }
    return places;
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void aKeyGoesToItsOwnNextChoiceAndComesBack(Strategy strategy) {
    try (Site site = new Site()) {
      Failover failover = site.failover(site.balancer("node", ENDPOINTS, strategy));
      Map<Integer, String> home = places(failover, NONE);
      assertThat(new HashSet<>(home.values())).hasSize(ENDPOINTS);

      Map<Integer, String> refused = places(failover, Set.of("node-3"));
      assertThat(places(failover, Set.of("node-3"))).isEqualTo(refused);
      site.sicken("node-3");
      Map<Integer, String> ejected = places(failover, NONE);
      assertThat(ejected).as("by retry and by ejection").isEqualTo(refused);
      Set<String> heirs = new HashSet<>();
      home.forEach(
          (key, place) -> {
            if (place.equals("node-3")) {
              assertThat(ejected.get(key)).isNotEqualTo("node-3");
              heirs.add(ejected.get(key));
            } else {
              assertThat(ejected).containsEntry(key, place);
            }
          });
      assertThat(heirs).as("who takes the keys over").hasSizeGreaterThan(ENDPOINTS / 2);

      site.sicken("node-7");
      Map<Integer, String> both = places(failover, NONE);
      ejected.forEach(
          (key, place) -> {
            if (!place.equals("node-7")) {
              assertThat(both).containsEntry(key, place);
            }
          });

      site.heal("node-7");
      assertThat(places(failover, NONE)).isEqualTo(ejected);
      site.heal("node-3");
      assertThat(places(failover, NONE)).isEqualTo(home);
    }
  }

  @ParameterizedTest
  @MethodSource("strategies")
  void withTwoDeadTheThirdChoiceIsTheSameByRetryAndByEjection(Strategy strategy) {
    try (Site site = new Site()) {
      Failover failover = site.failover(site.balancer("node", ENDPOINTS, strategy));
      Map<Integer, String> refused = places(failover, Set.of("node-3", "node-7"));
      site.sicken("node-3", "node-7");
      assertThat(places(failover, NONE)).isEqualTo(refused);
    }
  }
}
