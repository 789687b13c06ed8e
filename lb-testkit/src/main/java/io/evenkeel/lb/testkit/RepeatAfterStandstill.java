package io.evenkeel.lb.testkit;

import io.evenkeel.lb.testkit.Pauses.Pause;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestWatcher;

/**
 * Lets a failed test be repeated only if the machine stood still while it ran.
 *
 * <p>Tests with real servers ask for a time that is many times what they need; a machine that is
 * shared can stand still for longer than that, and what failed then says nothing. A runner that
 * repeats failed tests, such as Surefire's {@code rerunFailingTestsCount}, repeats those as well
 * that failed for their own faults, and so hides races. With this extension such a repetition fails
 * at once. A failure that may be repeated says so, as a suppressed exception with what was
 * measured.
 *
 * <p>It is found by JUnit where {@code junit.jupiter.extensions.autodetection.enabled} is set, and
 * does nothing unless the configuration parameter {@value #PARAMETER} is {@code true}. Tests that
 * run at the same time are each judged by all pauses of their own time. Safe for any thread.
 */
public final class RepeatAfterStandstill implements BeforeEachCallback, TestWatcher {
  /** The configuration parameter of JUnit that makes this work. */
  public static final String PARAMETER = "evenkeel.repeat-after-standstill";

  // A repetition is made by another instance, in the same JVM.
  private static final Map<String, Pauses.Moment> BEGUN = new ConcurrentHashMap<>();
  private static final Set<String> REPEATABLE = ConcurrentHashMap.newKeySet();

  /** For JUnit. */
  public RepeatAfterStandstill() {}

  @Override
  public void beforeEach(ExtensionContext context) {
    if (!isAsked(context)) {
      return;
    }
    String test = context.getUniqueId();
    boolean repeated = BEGUN.put(test, Pauses.now()) != null;
    if (repeated && !REPEATABLE.remove(test)) {
      throw new IllegalStateException(
          "Not repeated: the machine did not stand still while it failed");
    }
  }

  @Override
  public void testFailed(ExtensionContext context, Throwable cause) {
    if (!isAsked(context)) {
      return;
    }
    String test = context.getUniqueId();
    Pause pause = Pauses.since(BEGUN.computeIfAbsent(test, unused -> Pauses.now()));
    if (pause.isStandstill()) {
      REPEATABLE.add(test);
      cause.addSuppressed(new Standstill(pause));
    }
  }

  private static boolean isAsked(ExtensionContext context) {
    return context.getConfigurationParameter(PARAMETER).map(Boolean::valueOf).orElse(false);
  }

  private static final class Standstill extends Exception {
    private static final long serialVersionUID = 1L;

    Standstill(Pause pause) {
      super("To be repeated: " + pause);
      setStackTrace(new StackTraceElement[0]);
    }
  }
}
