package io.evenkeel.lb.health;

import io.evenkeel.lb.HealthContext;
import io.evenkeel.lb.health.Verdict.Kind;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/** The checks of one node, and what they say. For the control thread alone. */
final class Checkup {
  private final List<HealthCheck> checks;
  private final HealthContext context;
  private final HealthCheck.Run[] runs;

  /** By check; null while it has said nothing. */
  private final @Nullable Verdict[] verdicts;

  Checkup(List<HealthCheck> checks, HealthContext context) {
    this.checks = checks;
    this.context = context;
    this.runs = new HealthCheck.Run[checks.size()];
    this.verdicts = new Verdict[checks.size()];
    Arrays.fill(runs, (HealthCheck.Run) () -> {});
  }

  /**
   * Starts the checks. What they say before they return is how the node begins.
   *
   * @param later takes what they say afterwards, from any thread, with the place of the check
   */
  void start(Subject subject, Serial serial, ObjIntConsumer<Verdict> later) {
    for (int i = 0; i < runs.length; i++) {
      int check = i;
      AtomicBoolean starting = new AtomicBoolean(true);
      try {
        runs[i] =
            checks
                .get(i)
                .start(
                    new Checking(
                        context,
                        subject,
                        verdict -> {
                          if (starting.get() && serial.isMine()) {
                            verdicts[check] = verdict;
                          } else {
                            later.accept(verdict, check);
                          }
                        }));
      } catch (Throwable t) {
        context.report(t);
      } finally {
        starting.set(false);
      }
    }
  }

  /** Takes a verdict of a check; whether the node was down by its checks and no longer is. */
  boolean take(int check, Verdict verdict) {
    boolean wasDown = isDown();
    verdicts[check] = verdict;
    return wasDown && !isDown();
  }

  private boolean isDown() {
    return verdicts().stream().anyMatch(verdict -> verdict.kind() == Kind.DOWN);
  }

  /** What has been said. */
  List<Verdict> verdicts() {
    return Arrays.stream(verdicts).filter(Objects::nonNull).toList();
  }

  /** By the words of the checks. */
  Map<String, Verdict> named() {
    Map<String, Verdict> named = new LinkedHashMap<>();
    for (int i = 0; i < verdicts.length; i++) {
      Verdict verdict = verdicts[i];
      if (verdict != null) {
        named.put(checks.get(i).toString(), verdict);
      }
    }
    return Collections.unmodifiableMap(named);
  }

  void suspected() {
    each(HealthCheck.Run::suspected);
  }

  void end() {
    each(HealthCheck.Run::close);
  }

  private void each(Consumer<HealthCheck.Run> message) {
    for (HealthCheck.Run run : runs) {
      try {
        message.accept(run);
      } catch (Throwable t) {
        context.report(t);
      }
    }
  }
}
