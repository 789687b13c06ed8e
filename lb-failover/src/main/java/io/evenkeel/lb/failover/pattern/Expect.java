package io.evenkeel.lb.failover.pattern;

import io.evenkeel.lb.Balancer;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Checks settings. */
final class Expect {
  private static final Duration LONGEST = Duration.ofDays(1);

  private Expect() {}

  static Duration positive(String name, Duration value) {
    if (value.isZero() || value.isNegative() || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: > PT0S, <= " + LONGEST + ")");
    }
    return value;
  }

  static Duration notNegative(String name, Duration value) {
    if (value.isNegative() || value.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: PT0S.." + LONGEST + ")");
    }
    return value;
  }

  static int within(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          name + ": " + value + " (expected: " + least + ".." + most + ")");
    }
    return value;
  }

  /** Balancers that can be told apart. */
  static List<Balancer> distinct(List<Balancer> balancers) {
    Set<String> names = new HashSet<>();
    for (Balancer balancer : balancers) {
      if (!names.add(balancer.name())) {
        throw new IllegalArgumentException(
            "balancers: two of the name " + balancer.name() + " (expected: distinct names)");
      }
    }
    return List.copyOf(balancers);
  }
}
