package io.evenkeel.lb.testkit;

import io.evenkeel.lb.Endpoint;
import io.evenkeel.lb.EndpointSet;
import io.evenkeel.lb.EndpointSource;
import java.time.Duration;
import java.util.Collection;

class FixedSourceTest extends SourceContract {
  private EndpointSet set = EndpointSet.of();

  @Override
  protected EndpointSource newSource(ManualScheduler scheduler) {
    return EndpointSource.of(set);
  }

  @Override
  protected void answer(Collection<Endpoint> endpoints) {
    set = EndpointSet.of(endpoints);
  }

  @Override
  protected void fail() {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void answerGarbage() {
    throw new UnsupportedOperationException();
  }

  @Override
  protected Duration delay() {
    return Duration.ofSeconds(1);
  }

  @Override
  protected boolean isFixed() {
    return true;
  }
}
