package io.evenkeel.lb.failover.gate;

import static java.util.Objects.requireNonNull;

import io.evenkeel.lb.Outcome;
import java.util.EnumMap;
import java.util.Map;

/**
 * Stands for the exception that Resilience4j wants to be told of and that nobody has here: one for
 * each outcome, without a stack trace, with the outcome's name as its message.
 */
@SuppressWarnings("serial") // never written: there is nothing in it but its name
final class Failed extends Exception {
  private static final Map<Outcome, Failed> BY_OUTCOME = new EnumMap<>(Outcome.class);

  static {
    for (Outcome outcome : Outcome.values()) {
      BY_OUTCOME.put(outcome, new Failed(outcome));
    }
  }

  private Failed(Outcome outcome) {
    super(outcome.name(), null, false, false);
  }

  static Failed as(Outcome outcome) {
    return requireNonNull(BY_OUTCOME.get(outcome));
  }
}
