package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.NavigableSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RingTest {
  /** A ring does not tell places apart that differ in so little of the circle: a ten-millionth. */
  private static final long FINE = 1L << 40;

  /** With keys at both ends of the circle, and of all lengths in between. */
  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "2, 1",
    "3, 1",
    "1, 16",
    "3, 11",
    "1, 33",
    "43, 3",
    "257, 1",
    "100, 160",
    "1000, 160"
  })
  void aKeyBelongsToTheNextPoint(int nodes, int perNode) {
    long[] hashes = new SplittableRandom(7).longs(nodes).toArray();
    double[] weights = new double[nodes];
    Arrays.fill(weights, 1);
    Ring ring = new Ring(hashes, weights, perNode);
    NavigableSet<Long> all = new TreeSet<>();
    for (long hash : hashes) {
      points(hash, perNode).forEach(all::add);
    }
    assertThat(ring.size()).isEqualTo(all.size());
    LongStream lengths =
        LongStream.range(0, 64).flatMap(bit -> LongStream.of(1L << bit, -1L << bit, ~(1L << bit)));
    LongStream.concat(lengths, new SplittableRandom(3).longs(100_000))
        .forEach(
            key -> {
              long at = key >>> 1;
              Long next = all.ceiling(at);
              long own =
                  points(hashes[ring.owner(ring.place(key))], perNode)
                      .map(point -> onward(at, point))
                      .min()
                      .orElseThrow();
              assertThat(own)
                  .as("%x", key)
                  .isLessThanOrEqualTo(onward(at, next == null ? all.first() : next) + FINE);
            });
  }

  private static LongStream points(long hash, int count) {
    return LongStream.range(0, count).map(i -> Hashes.follower(hash, (int) i) >>> 1);
  }

  /** How far it is to a point; one that is hardly behind is still ahead. */
  private static long onward(long at, long point) {
    return (point - at + FINE) & Long.MAX_VALUE;
  }
}
