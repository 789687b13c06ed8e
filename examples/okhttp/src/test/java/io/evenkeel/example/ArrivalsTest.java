package io.evenkeel.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ArrivalsTest {
  @Test
  void eachSecondHasExactlyTheRate() {
    int[] perSecond = new int[4];
    for (long at : all(new Arrivals(250, 4, 7))) {
      perSecond[(int) TimeUnit.NANOSECONDS.toSeconds(at)]++;
    }
    assertThat(perSecond).containsOnly(250);
  }

  @Test
  void noRequestIsDueBeforeTheOneBeforeIt() {
    assertThat(all(new Arrivals(1000, 3, 1))).isSorted();
  }

  @Test
  void theSameSeedGivesTheSameMoments() {
    List<Long> moments = all(new Arrivals(100, 2, 42));
    assertThat(all(new Arrivals(100, 2, 42))).isEqualTo(moments);
    assertThat(all(new Arrivals(100, 2, 43))).isNotEqualTo(moments);
  }

  private static List<Long> all(Arrivals arrivals) {
    List<Long> all = new ArrayList<>();
    for (long at = arrivals.next(); at != Arrivals.END; at = arrivals.next()) {
      all.add(at);
    }
    return all;
  }
}
