package io.evenkeel.lb.failover.pattern;

import static java.util.Objects.requireNonNull;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A leadership that is told who leads, within one JVM: for tests, and for tools of one's own.
 * Thread-safe. Of changes that come faster than listeners take them, they may see the last alone.
 */
public final class ManualLeadership implements Leadership {
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final AtomicInteger changes = new AtomicInteger();
  private volatile @Nullable String leader;

  /** Nobody leads yet. */
  public ManualLeadership() {}

  /** This one leads from now on. */
  public void lead(String balancer) {
    leader = requireNonNull(balancer, "balancer");
    tell();
  }

  /** Nobody leads from now on. */
  public void resign() {
    leader = null;
    tell();
  }

  /** The thread that comes first tells what those that come meanwhile have changed, too. */
  private void tell() {
    if (changes.getAndIncrement() > 0) {
      return;
    }
    int told = 1;
    do {
      try {
        for (Listener listener : listeners) {
          listener.leads(leader);
        }
      } catch (Throwable t) {
        // The next change must find the way in open.
        changes.set(0);
        throw t;
      }
      told = changes.addAndGet(-told);
    } while (told > 0);
  }

  @Override
  public Watch watch(Listener listener) {
    // Another object for each watch, so that closing one leaves others of the same listener.
    Listener added = balancer -> listener.leads(balancer);
    listeners.add(added);
    tell();
    return () -> listeners.remove(added);
  }

  @Override
  public String toString() {
    return "ManualLeadership[" + leader + "]";
  }
}
