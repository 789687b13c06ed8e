package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.Node;
import io.evenkeel.lb.RequestContext;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StickyTokensTest {
  private static final StickyTokens STICKY =
      StickyTokens.of(RoundRobin.of(), Affinity.seeded(20_261_121));

  private static Request naming(String token) {
    return Request.of(STICKY.affinity(token));
  }

  private static Balancer balancer(int nodes) {
    return Choices.balancer(STICKY, new SplittableRandom(1), Choices.equal(nodes));
  }

  @Test
  void aRequestComesBackToTheEndpointOfItsToken() {
    for (int nodes : new int[] {1, 2, 3, 4, 5, 100, 1_000}) {
      try (Balancer balancer = balancer(nodes);
          Balancer other = balancer(nodes)) {
        for (Node node : balancer.nodes()) {
          Request request = naming(STICKY.token(node.endpoint()));
          assertThat(balancer.select(request)).isSameAs(node);
          assertThat(other.select(request).endpoint()).isEqualTo(node.endpoint());
          assertThat(balancer.explain(request).why()).containsExactly("named by its token");
        }
      }
    }
  }

  @Test
  void requestsWithoutATokenOfUseGoWhereTheInnerStrategySays() {
    try (Balancer balancer = balancer(3)) {
      Set<Node> chosen = new HashSet<>();
      for (int i = 0; i < 3; i++) {
        chosen.add(balancer.select(naming("0123456789abcdef")));
      }
      assertThat(chosen).hasSize(3);
      chosen.clear();
      for (int i = 0; i < 3; i++) {
        chosen.add(balancer.select(RequestContext.none()));
      }
      assertThat(chosen).hasSize(3);
      Endpoint second = balancer.nodes().get(1).endpoint();
      Request retry = naming(STICKY.token(second));
      retry.tried.add(second.id());
      for (int i = 0; i < 10; i++) {
        assertThat(balancer.select(retry).endpoint()).isNotEqualTo(second);
      }
    }
  }

  @Test
  void tokensAreHexadecimalAndDependOnTheSeed() {
    Endpoint endpoint = Endpoint.of("10.0.0.1", 80);
    assertThat(STICKY.token(endpoint)).matches("[0-9a-f]{16}");
    assertThat(StickyTokens.of(RoundRobin.of(), Affinity.seeded(1)).token(endpoint))
        .isNotEqualTo(STICKY.token(endpoint));
  }
}
