package io.evenkeel.lb.spring;

import io.evenkeel.lb.RequestContext;
import io.evenkeel.lb.failover.CallObserver;
import io.evenkeel.lb.failover.ObservedCall;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.util.function.SingletonSupplier;

/**
 * The {@link CallObserver} bean, if there is one. It is asked for with the first call, since what
 * it needs may itself need a client. Thread-safe.
 */
final class LateObserver implements CallObserver {
  private static final CallObserver NOBODY = (balancer, context, parent) -> null;

  private final Supplier<CallObserver> observer;

  LateObserver(ObjectProvider<CallObserver> observers) {
    this.observer = SingletonSupplier.of(() -> observers.getIfAvailable(() -> NOBODY));
  }

  @Override
  public @Nullable ObservedCall begin(
      String balancer, RequestContext context, @Nullable Object parent) {
    return observer.get().begin(balancer, context, parent);
  }
}
