package io.evenkeel.lb.health;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** What the detectors have against a node. For the control thread alone. */
final class Suspicions {
  /** By detector. */
  private final @Nullable Suspicion[] suspicions;

  private static final class Suspicion {
    /** Whether it is to have an effect. */
    private final boolean obeyed;

    private @Nullable String withoutEffect;

    Suspicion(boolean obeyed) {
      this.obeyed = obeyed;
    }
  }

  Suspicions(int detectors) {
    this.suspicions = new Suspicion[detectors];
  }

  /** A detector has nothing against the node any more; whether it had. */
  boolean drop(int detector) {
    boolean had = suspicions[detector] != null;
    suspicions[detector] = null;
    return had;
  }

  /**
   * A detector has something against the node; whether that is to have an effect.
   *
   * @param draw asked once for as long as that lasts
   */
  boolean raise(int detector, BooleanSupplier draw) {
    return suspicion(detector, draw).obeyed;
  }

  /** It has no effect all the same, or was not to have one; whether that is new. */
  boolean spare(int detector, String why) {
    Suspicion suspicion = suspicion(detector, () -> true);
    boolean fresh = suspicion.withoutEffect == null;
    suspicion.withoutEffect = why;
    return fresh;
  }

  private Suspicion suspicion(int detector, BooleanSupplier draw) {
    Suspicion suspicion = suspicions[detector];
    if (suspicion == null) {
      suspicion = new Suspicion(draw.getAsBoolean());
      suspicions[detector] = suspicion;
    }
    return suspicion;
  }

  /** Those that have no effect. */
  List<String> spared() {
    return Arrays.stream(suspicions)
        .map(each -> each == null ? null : each.withoutEffect)
        .filter(Objects::nonNull)
        .toList();
  }
}
