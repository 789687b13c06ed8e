package io.evenkeel.lb.failover.pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.evenkeel.lb.Balancer;
import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.Strategy;
import io.evenkeel.lb.failover.Failover;
import io.evenkeel.lb.failover.FailoverException;
import io.evenkeel.lb.strategy.JumpHash;
import io.evenkeel.lb.strategy.RingHash;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys keep their shards, and move only to a new one. */
class ShardsTest {
  private static final int KEYS = 100_000;

  private static Shards<Integer> shards(int count) {
    return Shards.of(IntStream.range(0, count).boxed().toList());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 10, 100})
  void aNewShardGetsItsPartAndNoOtherKeyMoves(int count) {
    Shards<Integer> before = shards(count);
    Shards<Integer> after = shards(count + 1);
    int moved = 0;
    for (int key = 1; key <= KEYS; key++) {
      int from = before.of(new Keyed(key));
      int to = after.of(new Keyed(key));
      if (from != to) {
        assertThat(to).isEqualTo(count);
        moved++;
      }
    }
    double share = 1.0 / (count + 1);
    double deviation = Math.sqrt(share * (1 - share) / KEYS);
    assertThat((double) moved / KEYS).isCloseTo(share, within(5 * deviation));
  }

  /** Affinities may be small numbers, one after the other. */
  @Test
  void shardsHaveEqualParts() {
    int count = 10;
    int[] keys = new int[count];
    for (int key = 1; key <= KEYS; key++) {
      keys[shards(count).of(new Keyed(key))]++;
    }
    double chi = 0;
    double expected = (double) KEYS / count;
    for (int each : keys) {
      chi += (each - expected) * (each - expected) / expected;
    }
    // 9 degrees of freedom: once in a thousand above 27.9.
    assertThat(chi).isLessThan(27.9);
  }

  static Stream<Strategy> hashing() {
    return Stream.of(
        RingHash.ofPoints(1000), JumpHash.of(endpoint -> endpoint.id().charAt(5) - '1'));
  }

  /**
   * A strategy that hashes within a shard must see all kinds of keys there. Jump hash of the same
   * hash would send all keys of a shard to one endpoint.
   */
  @ParameterizedTest
  @MethodSource("hashing")
  void withinAShardKeysAreSpreadAsOnTheirOwn(Strategy strategy) {
    try (Site site = new Site()) {
      Balancer ring = site.balancer("ring", 4, strategy);
      Map<String, Integer> all = new HashMap<>();
      Map<String, Integer> ofOneShard = new HashMap<>();
      Shards<Integer> shards = shards(8);
      int inShard = 0;
      for (int key = 1; key <= KEYS; key++) {
        String id = ring.select(new Keyed(key)).endpoint().id();
        all.merge(id, 1, Integer::sum);
        if (shards.of(new Keyed(key)) == 3) {
          ofOneShard.merge(id, 1, Integer::sum);
          inShard++;
        }
      }
      for (String id : all.keySet()) {
        double expected = (double) all.get(id) / KEYS;
        assertThat((double) ofOneShard.getOrDefault(id, 0) / inShard)
            .isCloseTo(expected, within(0.02));
      }
    }
  }

  @Test
  void aCallGoesElsewhereWithinItsShardAndNeverBeyond() {
    try (Site site = new Site()) {
      List<Failover> failovers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        failovers.add(site.failover(site.balancer("shard" + i, 3)));
      }
      Shards<Failover> shards = Shards.of(failovers);
      for (int key = 1; key <= 200; key++) {
        Keyed keyed = new Keyed(key);
        String own = "shard" + failovers.indexOf(shards.of(keyed));
        List<String> tried = new ArrayList<>();
        String last =
            shards
                .of(keyed)
                .call(
                    keyed,
                    endpoint -> {
                      tried.add(endpoint.id());
                      if (tried.size() < 3) {
                        throw new ConnectException("refused");
                      }
                      return endpoint.id();
                    });
        assertThat(last).startsWith(own);
        assertThat(tried).hasSize(3).doesNotHaveDuplicates().allMatch(id -> id.startsWith(own));
      }
      assertThatThrownBy(
              () ->
                  shards
                      .of(new Keyed(1))
                      .call(
                          new Keyed(1),
                          endpoint -> {
                            throw new ConnectException("refused");
                          }))
          .isInstanceOf(FailoverException.class);
      assertThat(site.inFlight()).isZero();
    }
  }

  @Test
  void aDistributionOfOnesOwnIsAsked() {
    Shards<String> ranges = Shards.of(List.of("low", "high"), key -> key < 1000 ? 0 : 1);
    assertThat(ranges.of(new Keyed(999))).isEqualTo("low");
    assertThat(ranges.of(new Keyed(1000))).isEqualTo("high");
    Shards<String> wrong = Shards.of(List.of("low", "high"), key -> 2);
    assertThatThrownBy(() -> wrong.of(new Keyed(7)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("shard of 7: 2 (expected: 0..1)");
  }

  @Test
  void aRequestWithoutAKeyHasNoShard() {
    assertThatThrownBy(() -> shards(3).of(RequestContext.none()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("affinity: 0 (expected: the hash of a key)");
    assertThatThrownBy(() -> shards(0)).isInstanceOf(IllegalArgumentException.class);
  }
}
