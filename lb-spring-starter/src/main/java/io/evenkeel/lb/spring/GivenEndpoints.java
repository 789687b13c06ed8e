package io.evenkeel.lb.spring;

import io.evenkeel.lb.AddressPolicy;
import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The endpoints that properties list, until they list others. Thread-safe.
 *
 * <p>Memory: {@code latest} is written before {@link Delivery#deliver} is called, which lets one
 * thread at a time pass it on; of several sets that nobody has requested yet the latest is.
 */
final class GivenEndpoints implements EndpointSource {
  private final List<Delivery> deliveries = new CopyOnWriteArrayList<>();
  private volatile EndpointSet latest;

  GivenEndpoints(EndpointSet first) {
    this.latest = first;
  }

  /** The latest. */
  EndpointSet get() {
    return latest;
  }

  /** From now on these. */
  void give(EndpointSet next) {
    latest = next;
    deliveries.forEach(Delivery::deliver);
  }

  /** The application's own. */
  @Override
  public AddressPolicy addresses(Endpoint endpoint) {
    return AddressPolicy.ANY;
  }

  @Override
  public Flow.Publisher<EndpointSet> snapshots() {
    return subscriber -> {
      Delivery delivery = new Delivery(subscriber);
      deliveries.add(delivery);
      subscriber.onSubscribe(delivery);
    };
  }

  private final class Delivery implements Flow.Subscription {
    private final Flow.Subscriber<? super EndpointSet> subscriber;
    private final AtomicInteger pending = new AtomicInteger();
    private final AtomicLong demand = new AtomicLong();
    private volatile boolean refused;
    private volatile boolean ended;

    /** Used inside {@link #deliver} alone. */
    private @Nullable EndpointSet delivered;

    Delivery(Flow.Subscriber<? super EndpointSet> subscriber) {
      this.subscriber = subscriber;
    }

    @Override
    public void request(long n) {
      if (n > 0) {
        demand.accumulateAndGet(n, (held, more) -> held + more < 0 ? Long.MAX_VALUE : held + more);
      } else {
        refused = true;
      }
      deliver();
    }

    void deliver() {
      if (pending.getAndIncrement() != 0) {
        return;
      }
      int seen = 1;
      do {
        pass();
        seen = pending.addAndGet(-seen);
      } while (seen != 0);
    }

    private void pass() {
      if (ended) {
        return;
      }
      if (refused) {
        cancel();
        subscriber.onError(new IllegalArgumentException("request: <= 0 (expected: > 0)"));
        return;
      }
      EndpointSet next = latest;
      if (!next.equals(delivered) && demand.get() > 0) {
        demand.getAndUpdate(held -> held == Long.MAX_VALUE ? held : held - 1);
        delivered = next;
        subscriber.onNext(next);
      }
    }

    @Override
    public void cancel() {
      ended = true;
      deliveries.remove(this);
    }
  }

  @Override
  public String toString() {
    return latest.toString();
  }
}
