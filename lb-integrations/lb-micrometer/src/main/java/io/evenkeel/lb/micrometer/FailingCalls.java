package io.evenkeel.lb.micrometer;

import io.evenkeel.lb.failover.FailoverCall;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Which calls under way have failed as far as their attempts go: the last one's result may be all
 * that the caller gets. Costs a look at an empty map while nothing fails.
 *
 * <p>Attempts side by side may be told in any order, and even after their call: so what is told of
 * a success stays, and what is told late is forgotten with the call itself. Thread-safe.
 */
final class FailingCalls {
  /** Whether they fail. */
  private final Map<Key, Boolean> calls = new ConcurrentHashMap<>();

  private final ReferenceQueue<FailoverCall> gone = new ReferenceQueue<>();

  /** An attempt has failed. */
  void failed(FailoverCall call) {
    note(call, true);
  }

  /**
   * An attempt has not failed.
   *
   * @param beside another one, which may be told of later
   */
  void answered(FailoverCall call, boolean beside) {
    if (beside) {
      calls.remove(new Key(call, null));
      note(call, false);
    } else {
      ended(call);
    }
  }

  /** Whether it has failed so far; it is forgotten. */
  boolean ended(FailoverCall call) {
    return !calls.isEmpty() && Boolean.TRUE.equals(calls.remove(new Key(call, null)));
  }

  private void note(FailoverCall call, boolean fails) {
    for (Reference<?> late = gone.poll(); late != null; late = gone.poll()) {
      calls.remove(late);
    }
    calls.putIfAbsent(new Key(call, gone), fails);
  }

  @Override
  public String toString() {
    return "FailingCalls[" + calls.size() + "]";
  }

  /** Calls are the same only if they are identical. */
  private static final class Key extends WeakReference<FailoverCall> {
    private final int hash;

    Key(FailoverCall call, @Nullable ReferenceQueue<FailoverCall> gone) {
      super(call, gone);
      this.hash = System.identityHashCode(call);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      if (this == other) {
        return true;
      }
      FailoverCall call = get();
      return call != null && other instanceof Key key && key.refersTo(call);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }
}
