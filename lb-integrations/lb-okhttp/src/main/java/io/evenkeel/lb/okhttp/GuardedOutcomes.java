package io.evenkeel.lb.okhttp;

import static java.lang.System.Logger.Level.WARNING;

import io.evenkeel.lb.Outcome;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import okhttp3.Response;

/**
 * Keeps a user's classifier from harming calls: it is asked inside OkHttp's event listeners, where
 * an exception would end a dispatcher's thread and leave a connection allocated.
 */
final class GuardedOutcomes implements OutcomeClassifier {
  private static final System.Logger LOG = System.getLogger("io.evenkeel.lb.okhttp");

  private final OutcomeClassifier outcomes;
  private final AtomicBoolean reported = new AtomicBoolean();

  GuardedOutcomes(OutcomeClassifier outcomes) {
    this.outcomes = outcomes;
  }

  @Override
  public Outcome classify(Response response) {
    try {
      return outcomes.classify(response);
    } catch (RuntimeException e) {
      report(e);
      return DefaultOutcomes.INSTANCE.classify(response);
    }
  }

  @Override
  public Outcome classify(IOException failure, boolean connected) {
    try {
      return outcomes.classify(failure, connected);
    } catch (RuntimeException e) {
      report(e);
      return DefaultOutcomes.INSTANCE.classify(failure, connected);
    }
  }

  private void report(RuntimeException e) {
    if (reported.compareAndSet(false, true)) {
      LOG.log(WARNING, () -> outcomes + " failed; the defaults decide instead", e);
    }
  }

  @Override
  public String toString() {
    return outcomes.toString();
  }
}
