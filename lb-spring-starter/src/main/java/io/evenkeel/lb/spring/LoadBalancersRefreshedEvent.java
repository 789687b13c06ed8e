package io.evenkeel.lb.spring;

import java.util.List;
import org.springframework.context.ApplicationEvent;

/** {@link LoadBalancers#refresh} has changed something. */
public final class LoadBalancersRefreshedEvent extends ApplicationEvent {
  private static final long serialVersionUID = 1L;

  private final transient List<String> changes;

  LoadBalancersRefreshedEvent(LoadBalancers source, List<String> changes) {
    super(source);
    this.changes = changes;
  }

  /** What has changed, as {@link LoadBalancers#refresh} returns it. */
  public List<String> changes() {
    return changes;
  }
}
