package io.evenkeel.lb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.evenkeel.lb.testkit.Allocations;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AffinityTest {
  // What later versions must keep: other clients reckon with it.
  private static final long SESSION_1 = -2014302355874097870L;
  private static final long SESSION_1_BYTES = -275688881126618770L;
  private static final long SEVEN = 1484910766555762954L;

  private static final Affinity SHARED = Affinity.seeded(42);

  @Test
  void aSharedSeedGivesTheSameAffinityEverywhere() {
    assertThat(SHARED.of("session-1")).isEqualTo(SESSION_1);
    assertThat(SHARED.of("session-1".getBytes(StandardCharsets.UTF_8))).isEqualTo(SESSION_1_BYTES);
    assertThat(SHARED.of(7L)).isEqualTo(SEVEN);
    assertThat(Affinity.seeded(42).of("")).isEqualTo(SHARED.of(""));
  }

  @Test
  void anotherSeedGivesAnother() {
    assertThat(Affinity.seeded(43).of("session-1")).isNotEqualTo(SHARED.of("session-1"));
    assertThat(Affinity.ofProcess().of("a")).isEqualTo(Affinity.ofProcess().of("a"));
  }

  @Test
  void keysThatAreAlikeAreToldApart() {
    Set<String> keys = new HashSet<>();
    for (String prefix : new String[] {"", "a", "user-", "\0", "\0\0", "longer than a lane "}) {
      for (int i = 0; i < 10_000; i++) {
        keys.add(prefix + Integer.toString(i, 36));
      }
    }
    Set<Long> affinities = new HashSet<>();
    keys.forEach(key -> affinities.add(SHARED.of(key)));
    assertThat(affinities).hasSameSizeAs(keys).doesNotContain(0L);
  }

  @Test
  void theEndOfAKeyCounts() {
    byte[] zeros = new byte[40];
    Set<Long> seen = new HashSet<>();
    for (int length = 0; length <= 40; length++) {
      assertThat(seen.add(SHARED.of(zeros, 0, length))).as("%d zeros", length).isTrue();
    }
  }

  @Test
  void eachBitOfAKeyTurnsHalfOfTheAffinity() {
    byte[] key = "0123456789abcdef!".getBytes(StandardCharsets.US_ASCII);
    for (int bit = 0; bit < key.length * 8; bit++) {
      int turned = 0;
      for (int seed = 0; seed < 200; seed++) {
        Affinity affinity = Affinity.seeded(seed);
        long before = affinity.of(key);
        key[bit / 8] ^= (byte) (1 << (bit % 8));
        turned += Long.bitCount(before ^ affinity.of(key));
        key[bit / 8] ^= (byte) (1 << (bit % 8));
      }
      // Of 12,800 bits, half, within 5 standard deviations.
      assertThat(turned).as("bit %d", bit).isBetween(6_400 - 283, 6_400 + 283);
    }
  }

  @Test
  void bytesMayBePartOfAnArray() {
    byte[] key = "..session-1.".getBytes(StandardCharsets.US_ASCII);
    assertThat(SHARED.of(key, 2, 11)).isEqualTo(SESSION_1_BYTES);
    assertThatExceptionOfType(IndexOutOfBoundsException.class)
        .isThrownBy(() -> SHARED.of(key, 2, 13));
  }

  @Test
  void nothingIsAllocated() {
    byte[] bytes = new byte[37];
    Allocations.assertNone(
        "affinity",
        () -> {
          if ((SHARED.of("a session of some length") ^ SHARED.of(bytes) ^ SHARED.of(9L)) == 1) {
            throw new AssertionError("never");
          }
        });
  }
}
